using System.Runtime.InteropServices;
using TorchSharp.Binding;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>
    /// A CPU tensor on the array's own memory, which stays pinned until the storage goes: writing to one changes the other.
    /// <paramref name="count"/> elements (−1: all that are left) from byte <paramref name="offset"/> on.
    /// </summary>
    public static Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        var left = Buffer.ByteLength(rawArray) - offset;
        if (count < 0) count = left / dtype.ElementSize();
        if (offset < 0 || count < 0 || count * dtype.ElementSize() > left)
            throw new ArgumentException($"{count} elements of {dtype} from byte {offset} on do not fit an array of {Buffer.ByteLength(rawArray)} bytes");
        var pin = GCHandle.Alloc(rawArray, GCHandleType.Pinned);
        IntPtr handle;
        var data = (byte*)pin.AddrOfPinnedObject() + offset;
        Native.Check(Native.dtf_tensor_from_blob(data, &count, 1, (int)dtype, &Unpin, GCHandle.ToIntPtr(pin), &handle));
        return Create(new Tensor(handle), requires_grad);
    }

    [UnmanagedCallersOnly]
    private static void Unpin(IntPtr pin) => GCHandle.FromIntPtr(pin).Free();
}
