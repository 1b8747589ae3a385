using System.Globalization;
using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public static readonly Device CPU = new(DeviceType.CPU);
    public static readonly Device META = new(DeviceType.META);

    private static Device? defaultDevice;
    private static Device? cudaDevice;

    /// <summary>The current CUDA device; throws <see cref="InvalidOperationException"/> where there is none.</summary>
    public static Device CUDA => cudaDevice ??= InitializeDevice(new Device(DeviceType.CUDA));

    public static Device device(string description) => InitializeDevice(new Device(description));

    public static Device device(string deviceType, int index = -1) => InitializeDevice(new Device(deviceType, index));

    public static Device device(DeviceType deviceType, int index = -1) => InitializeDevice(new Device(deviceType, index));

    public static Device device(int index) => new(index);

    public static Device get_default_device() => defaultDevice ?? CPU;

    public static void set_default_device(Device device) => defaultDevice = InitializeDevice(device);

    public static void set_default_device(string device) => set_default_device(new Device(device));

    /// <summary>Whether tensors can be put on devices of this type here.</summary>
    public static bool TryInitializeDeviceType(DeviceType deviceType) => deviceType is DeviceType.CPU or DeviceType.META || DeviceCount(deviceType) > 0;

    /// <summary>Throws <see cref="InvalidOperationException"/> where there is no device of this type.</summary>
    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType))
            throw new InvalidOperationException($"Torch device type {deviceType} did not initialise on the current machine.");
    }

    /// <summary>The device itself, or the default one for null, once it is known to be there.</summary>
    public static Device InitializeDevice(Device? device)
    {
        device ??= get_default_device();
        InitializeDeviceType(device.type);
        return device;
    }

    internal static unsafe int DeviceCount(DeviceType type)
    {
        int count;
        Native.Check(Native.dtf_device_count((int)type, &count));
        return count;
    }

    /// <summary>Where a tensor is: a type and, for CUDA, an index; −1 is the current one.</summary>
    public class Device
    {
        public Device(string description)
        {
            var colon = description.IndexOf(':', StringComparison.Ordinal);
            type = Parse(colon < 0 ? description : description[..colon]);
            index = colon < 0 ? -1 : int.Parse(description.AsSpan(colon + 1), CultureInfo.InvariantCulture);
        }

        public Device(string deviceType, int index = -1) => (type, this.index) = (Parse(deviceType), index);

        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, index);

        /// <summary>A CUDA device.</summary>
        public Device(int index) => (type, this.index) = (DeviceType.CUDA, index);

        public DeviceType type { get; }

        public int index { get; }

        /// <summary>Type and index as the native side takes them.</summary>
        internal long Packed => ((long)type << 32) | (uint)index;

        public static implicit operator Device(string description) => new(description);

        public override string ToString() =>
            type == DeviceType.CPU || index == -1 ? type.ToString().ToLowerInvariant() : $"{type.ToString().ToLowerInvariant()}:{index}";

        internal static Device Unpack(long packed) =>
            packed >> 32 == (long)DeviceType.CPU ? CPU : new Device((DeviceType)(packed >> 32), unchecked((sbyte)packed));

        private static DeviceType Parse(string name) => Enum.Parse<DeviceType>(name.ToUpperInvariant());
    }
}
