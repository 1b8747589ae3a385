using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// Attention on the CPU in float32, computed here instead of in libtorch: full, windowed, and both in one pass. Queries, keys and values
/// are read where they lie, views of a packed projection <c>[B, L, 3, H, D]</c> included; results are <c>[B, H, L, D]</c> views of memory
/// <c>[B, L, H, D]</c>, so that an output projection reshapes them to <c>[B, L, H·D]</c> without a copy. Uses as many threads as
/// <see cref="torch.get_num_threads"/> says; results do not depend on their number.
/// </summary>
/// <remarks>It records no gradient: tensors that ask for one, under grad mode, are not supported.</remarks>
public sealed unsafe class CpuAttentionKernel : IAttentionKernel
{
    private static readonly long[] One = [1];

    private readonly ITileProgram _program;

    /// <summary>A kernel on the best instruction set that this machine has.</summary>
    public CpuAttentionKernel()
        : this(BestInstructionSet)
    {
    }

    /// <summary>A kernel on a given instruction set.</summary>
    /// <exception cref="PlatformNotSupportedException">This machine lacks it.</exception>
    public CpuAttentionKernel(CpuInstructionSet instructionSet)
    {
        if (!InstructionSets.Contains(instructionSet))
        {
            throw new PlatformNotSupportedException(
                $"this machine does not run {instructionSet} kernels; it runs {string.Join(", ", InstructionSets)}");
        }

        InstructionSet = instructionSet;
        (_program, Name) = instructionSet switch
        {
            CpuInstructionSet.Avx512 => ((ITileProgram)new AttentionTile<Avx512Unit, Vector512<float>>(), "cpu-avx512"),
            CpuInstructionSet.Avx2 => (new AttentionTile<Avx2Unit, Vector256<float>>(), "cpu-avx2"),
            _ => (new AttentionTile<PortableUnit, Vector128<float>>(), "cpu-portable"),
        };
    }

    /// <summary>The instruction sets that this machine runs, best first.</summary>
    public static IReadOnlyList<CpuInstructionSet> InstructionSets { get; } = FindInstructionSets();

    /// <summary>The best instruction set that this machine runs.</summary>
    public static CpuInstructionSet BestInstructionSet => InstructionSets[0];

    /// <summary>The instruction set that this kernel uses.</summary>
    public CpuInstructionSet InstructionSet { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool Supports(in AttentionInput input) =>
        IsPlain(input.Query) && IsPlain(input.Key) && IsPlain(input.Value)
        && input is { KeyMask: null, Bias: null, Scale: null, IsCausal: false, Layout.TextTokens: 0 }
        && AttentionShape.TryRead(input, out var shape)
        && shape is { Batch: > 0, Heads: > 0, QueryLength: > 0, KeyLength: > 0, HeadWidth: > 0 }
        && shape.Groups == shape.Heads
        && !(torch.is_grad_enabled() && (input.Query.requires_grad || input.Key.requires_grad || input.Value.requires_grad));

    /// <inheritdoc/>
    public torch.Tensor Full(in AttentionInput input, AttentionWindow? window = null)
    {
        var shape = AttentionShape.Read(input, window is not null);
        return Compute(shape, input, window, windowOnly: false, withResidual: false).Full;
    }

    /// <inheritdoc/>
    public torch.Tensor Window(in AttentionInput input, AttentionWindow window)
    {
        var shape = AttentionShape.Read(input, needsWindow: true);
        return Compute(shape, input, window, windowOnly: true, withResidual: false).Full;
    }

    /// <inheritdoc/>
    public FullAndResidual FullWithResidual(in AttentionInput input, AttentionWindow window)
    {
        var shape = AttentionShape.Read(input, needsWindow: true);
        return Compute(shape, input, window, windowOnly: false, withResidual: true);
    }

    private FullAndResidual Compute(in AttentionShape shape, in AttentionInput input, AttentionWindow? window, bool windowOnly, bool withResidual)
    {
        if (!Supports(input))
        {
            throw new NotSupportedException(
                $"{Name} computes float32 tensors on the CPU without empty dimensions and without gradient; " +
                $"got {input.Query.dtype}, {input.Key.dtype}, {input.Value.dtype} on {input.Query.device}, {input.Key.device}, {input.Value.device}");
        }

        using var q = WithUnitStride(input.Query);
        using var k = WithUnitStride(input.Key);
        using var v = WithUnitStride(input.Value);
        // [B, L, H, D] in memory, [B, H, L, D] to the caller.
        using var output = torch.empty([shape.Batch, shape.QueryLength, shape.Heads, shape.HeadWidth], torch.ScalarType.Float32, torch.CPU);
        using var residual = withResidual ? torch.empty_like(output) : null;
        var full = output.transpose(1, 2);
        var rest = residual?.transpose(1, 2);
        var problem = new AttentionProblem
        {
            Query = Heads(q),
            Key = Heads(k),
            Value = Heads(v),
            Output = Heads(full),
            Residual = rest is null ? default : Heads(rest),
            Batch = checked((int)shape.Batch),
            Heads = checked((int)shape.Heads),
            QueryLength = checked((int)shape.QueryLength),
            KeyLength = checked((int)shape.KeyLength),
            HeadWidth = checked((int)shape.HeadWidth),
            Window = window?.Resolve(shape.KeyLength) ?? AttentionProblem.NoWindow,
            WindowOnly = windowOnly,
        };
        TileTeam.Shared.Run(_program, problem, torch.get_num_threads());
        return new FullAndResidual(full, rest!);
    }

    private static bool IsPlain(torch.Tensor tensor) =>
        tensor.dtype == torch.ScalarType.Float32 && tensor.device_type == DeviceType.CPU && !tensor.is_sparse;

    // A handle of its own in either case, so that the memory outlives the computation whatever the caller does.
    private static torch.Tensor WithUnitStride(torch.Tensor tensor) =>
        tensor.stride(3) == 1 || tensor.size(3) == 1 ? tensor.alias() : tensor.contiguous();

    private static StridedHeads Heads(torch.Tensor tensor)
    {
        var strides = tensor.stride();
        // `bytes` serves contiguous tensors only, and one element is contiguous whatever the tensor's strides are.
        using var first = tensor.as_strided(One, One, tensor.storage_offset());
        var start = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
        return new StridedHeads(start, strides[0], strides[1], strides[2]);
    }

    private static CpuInstructionSet[] FindInstructionSets()
    {
        List<CpuInstructionSet> found = [];
        if (Avx512Unit.IsSupported)
        {
            found.Add(CpuInstructionSet.Avx512);
        }

        if (Avx2Unit.IsSupported)
        {
            found.Add(CpuInstructionSet.Avx2);
        }

        found.Add(CpuInstructionSet.Portable);
        return [.. found];
    }
}
