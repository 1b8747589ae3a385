using TorchSharp.Binding;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>Threads that one operator may use.</summary>
    public static int get_num_threads()
    {
        int count;
        Native.Check(Native.dtf_num_threads(&count));
        return count;
    }

    public static void set_num_threads(int num) => Native.Check(Native.dtf_set_num_threads(num));

    public static int get_num_interop_threads()
    {
        int count;
        Native.Check(Native.dtf_num_interop_threads(&count));
        return count;
    }

    /// <summary>May be called once, before the first parallel work.</summary>
    public static void set_num_interop_threads(int num) => Native.Check(Native.dtf_set_num_interop_threads(num));

    public static bool cuda_is_available() => cuda.is_available();

    public static class cuda
    {
        public static bool is_available() => device_count() > 0;

        public static bool is_cudnn_available()
        {
            int value;
            Native.Check(Native.dtf_has_cudnn(&value));
            return value != 0;
        }

        public static int device_count() => DeviceCount(DeviceType.CUDA);

        /// <summary>Seeds the generators of every device.</summary>
        public static void manual_seed(long seed) => random.manual_seed(seed);

        public static void manual_seed_all(long seed) => random.manual_seed(seed);

        /// <summary>Waits until the device has finished the work queued on its current stream.</summary>
        public static void synchronize(Device? device = null) => Native.Check(Native.dtf_synchronize(InitializeDevice(device ?? CUDA).Packed));
    }
}
