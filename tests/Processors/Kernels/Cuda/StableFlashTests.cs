using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Cuda.Tests;

/// <summary>What crosses to libtorch's C functions, on stand-ins for them: a libtorch of 2.7 has the real ones.</summary>
public sealed unsafe class StableFlashTests
{
    private static readonly List<nint> Deleted = [];
    private static string s_name = "";
    private static ulong[] s_arguments = [];
    private static int s_status;

    [Fact]
    public void Arguments_lie_in_the_order_of_the_schema_and_results_come_back()
    {
        using var scope = torch.NewDisposeScope();
        var (query, key, value) = (torch.ones(1, 3, 1, 8), torch.ones(1, 5, 1, 8) * 2, torch.ones(1, 5, 1, 8) * 3);
        s_status = 0;
        Deleted.Clear();
        var (output, logSum) = Stand().Call(query, key, value, 3, 5, 0.25, 7, -1);

        s_name.ShouldBe("aten::_flash_attention_forward|");
        s_arguments[3..5].ShouldBe([0, 0]);
        s_arguments[5..7].ShouldBe([3, 5]);
        s_arguments[7..10].ShouldBe([0, 0, 0], "no dropout, not causal, no debug mask");
        BitConverter.UInt64BitsToDouble(s_arguments[10]).ShouldBe(0.25);
        ((long)s_arguments[11]).ShouldBe(7);
        ((long)s_arguments[12]).ShouldBe(-1);
        s_arguments[13..].ShouldAllBe(none => none == 0);
        // The stand-in hands the query and the key back.
        output.shape.ShouldBe([1, 3, 1, 8]);
        logSum.sum().item<float>().ShouldBe(80);
        Deleted.Count.ShouldBe(3);
        value.sum().item<float>().ShouldBe(120, "the caller's own handles stay his");
    }

    [Fact]
    public void A_refusal_is_told()
    {
        using var scope = torch.NewDisposeScope();
        var tensor = torch.ones(1, 3, 1, 8);
        s_status = 1;
        Should.Throw<ExternalException>(() => Stand().Call(tensor, tensor, tensor, 3, 3, 1, -1, -1)).Message.ShouldContain("_flash_attention_forward");
    }

    private static StableFlash Stand() => new(&Dispatch, &Share, &Delete);

    [UnmanagedCallersOnly]
    private static int Dispatch(byte* name, byte* overload, ulong* stack)
    {
        s_name = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)) + "|"
            + Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(overload));
        s_arguments = new Span<ulong>(stack, 24).ToArray();
        for (var i = 10; i <= 12; i++)
        {
            var place = (ulong*)s_arguments[i];
            s_arguments[i] = *place;
            NativeMemory.Free(place);
        }

        if (s_status == 0)
        {
            // Further results: handles that nobody wants.
            (stack[3], stack[4]) = (101, 102);
        }

        return s_status;
    }

    [UnmanagedCallersOnly]
    private static int Share(nint tensor, nint* handle)
    {
        var borrowed = torch.Tensor.UnsafeCreateTensor(tensor).DetachFromDisposeScope();
        *handle = borrowed.alias().DetachFromDisposeScope().DecoupleFromNativeHandle();
        borrowed.DecoupleFromNativeHandle();
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Delete(nint tensor)
    {
        Deleted.Add(tensor);
        return 0;
    }
}
