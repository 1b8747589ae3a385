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
    public bool Supports(torch.Tensor query, torch.Tensor key, torch.Tensor value) =>
        IsPlain(query) && IsPlain(key) && IsPlain(value)
        && AttentionShape.TryRead(query, key, value, out var shape)
        && shape is { Batch: > 0, Heads: > 0, QueryLength: > 0, KeyLength: > 0, HeadWidth: > 0 }
        && !(torch.is_grad_enabled() && (query.requires_grad || key.requires_grad || value.requires_grad));

    /// <inheritdoc/>
    public torch.Tensor Full(torch.Tensor query, torch.Tensor key, torch.Tensor value, int? window = null)
    {
        var shape = AttentionShape.Read(query, key, value, window);
        return Compute(shape, query, key, value, window ?? AttentionProblem.NoWindow, windowOnly: false, withResidual: false).Full;
    }

    /// <inheritdoc/>
    public torch.Tensor Window(torch.Tensor query, torch.Tensor key, torch.Tensor value, int window)
    {
        var shape = AttentionShape.Read(query, key, value, window);
        return Compute(shape, query, key, value, window, windowOnly: true, withResidual: false).Full;
    }

    /// <inheritdoc/>
    public FullAndResidual FullWithResidual(torch.Tensor query, torch.Tensor key, torch.Tensor value, int window)
    {
        var shape = AttentionShape.Read(query, key, value, window);
        return Compute(shape, query, key, value, window, windowOnly: false, withResidual: true);
    }

    private FullAndResidual Compute(
        in AttentionShape shape, torch.Tensor query, torch.Tensor key, torch.Tensor value, int window, bool windowOnly, bool withResidual)
    {
        if (!Supports(query, key, value))
        {
            throw new NotSupportedException(
                $"{Name} computes float32 tensors on the CPU without empty dimensions and without gradient; " +
                $"got {query.dtype}, {key.dtype}, {value.dtype} on {query.device}, {key.device}, {value.device}");
        }

        using var q = WithUnitStride(query);
        using var k = WithUnitStride(key);
        using var v = WithUnitStride(value);
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
            Window = window,
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
