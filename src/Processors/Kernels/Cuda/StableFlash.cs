using System.Runtime.InteropServices;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Cuda;

/// <summary>
/// <c>aten::_flash_attention_forward</c> through the C functions that libtorch exports from 2.7 on for callers of another compiler
/// (<c>torch/csrc/inductor/aoti_torch/c/shim.h</c>): the way to it beside TorchSharp, which does not bind it. A tensor's handle is the same pointer in both.
/// </summary>
/// <param name="dispatch">Its <c>aoti_torch_call_dispatcher</c>.</param>
/// <param name="share">Its <c>aoti_torch_new_tensor_handle</c>.</param>
/// <param name="delete">Its <c>aoti_torch_delete_tensor_object</c>.</param>
internal sealed unsafe class StableFlash(
    delegate* unmanaged<byte*, byte*, ulong*, int> dispatch, delegate* unmanaged<nint, nint*, int> share, delegate* unmanaged<nint, int> delete)
{
    // query, key, value, cum_seq_q, cum_seq_k, max_q, max_k, dropout_p, is_causal, return_debug_mask, scale, window_size_left, window_size_right, and
    // what later versions have behind: zeros, which are None.
    private const int Slots = 24;

    // output, softmax_logsumexp, rng_state, unused, debug_attn_mask
    private const int Results = 5;

    /// <summary>That of the libtorch in this process, or <see langword="null"/> where it is older than 2.7.</summary>
    public static StableFlash? Libtorch { get; } = Find();

    /// <summary>Calls it; see <see cref="FlashCall"/>.</summary>
    public (torch.Tensor Output, torch.Tensor LogSum) Call(
        torch.Tensor query, torch.Tensor key, torch.Tensor value, long longestQuery, long longestKey, double scale, long before, long after)
    {
        var stack = stackalloc ulong[Slots];
        new Span<ulong>(stack, Slots).Clear();
        // The callee takes each handle and each optional over and frees them.
        (stack[0], stack[1], stack[2]) = (Share(query), Share(key), Share(value));
        (stack[5], stack[6]) = ((ulong)longestQuery, (ulong)longestKey);
        stack[10] = Optional(BitConverter.DoubleToUInt64Bits(scale));
        (stack[11], stack[12]) = (Optional((ulong)before), Optional((ulong)after));
        fixed (byte* name = "aten::_flash_attention_forward\0"u8, overload = "\0"u8)
        {
            Check(dispatch(name, overload, stack), "aten::_flash_attention_forward");
        }

        GC.KeepAlive(query);
        GC.KeepAlive(key);
        GC.KeepAlive(value);
        for (var i = 2; i < Results; i++)
        {
            Check(delete((nint)stack[i]), "aoti_torch_delete_tensor_object");
        }

        return (torch.Tensor.UnsafeCreateTensor((nint)stack[0]), torch.Tensor.UnsafeCreateTensor((nint)stack[1]));
    }

    private ulong Share(torch.Tensor tensor)
    {
        nint handle;
        Check(share(tensor.Handle, &handle), "aoti_torch_new_tensor_handle");
        return (ulong)handle;
    }

    // An optional that has a value is a pointer to it; C++'s delete, which frees it, is free() wherever libtorch has CUDA.
    private static ulong Optional(ulong value)
    {
        var place = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *place = value;
        return (ulong)place;
    }

    private static void Check(int status, string what)
    {
        if (status != 0)
        {
            throw new ExternalException($"libtorch refused {what} (status {status})");
        }
    }

    private static StableFlash? Find()
    {
        var name = OperatingSystem.IsWindows() ? "torch_cpu.dll" : "libtorch_cpu.so";
        return NativeLibrary.TryLoad(name, out var library)
            && NativeLibrary.TryGetExport(library, "aoti_torch_call_dispatcher", out var dispatch)
            && NativeLibrary.TryGetExport(library, "aoti_torch_new_tensor_handle", out var share)
            && NativeLibrary.TryGetExport(library, "aoti_torch_delete_tensor_object", out var delete)
            ? new StableFlash(
                (delegate* unmanaged<byte*, byte*, ulong*, int>)dispatch, (delegate* unmanaged<nint, nint*, int>)share, (delegate* unmanaged<nint, int>)delete)
            : null;
    }
}
