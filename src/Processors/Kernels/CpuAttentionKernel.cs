using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// Attention on the CPU, computed here in float32 instead of in libtorch: full, windowed, and both in one pass. Queries, keys and values
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
        : this(instructionSet, TileTuning.KeyBlockOf(instructionSet))
    {
    }

    /// <summary>A kernel that takes so many keys at a time.</summary>
    /// <param name="instructionSet">The instruction set.</param>
    /// <param name="keyBlock">One of <see cref="TileTuning.KeyBlocks"/>.</param>
    /// <exception cref="PlatformNotSupportedException">This machine lacks the instruction set.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of keys is none of those.</exception>
    public CpuAttentionKernel(CpuInstructionSet instructionSet, int keyBlock)
    {
        if (!TileTuning.KeyBlocks.Contains(keyBlock))
        {
            throw new ArgumentOutOfRangeException(nameof(keyBlock), keyBlock, $"blocks have {string.Join(", ", TileTuning.KeyBlocks)} keys");
        }

        if (!InstructionSets.Contains(instructionSet))
        {
            throw new PlatformNotSupportedException(
                $"this machine does not run {instructionSet} kernels; it runs {string.Join(", ", InstructionSets)}");
        }

        (InstructionSet, KeyBlock) = (instructionSet, keyBlock);
        (_program, Name) = instructionSet switch
        {
            CpuInstructionSet.Avx512 => ((ITileProgram)new AttentionTile<Avx512Unit, Vector512<float>>(keyBlock), "cpu-avx512"),
            CpuInstructionSet.Avx2 => (new AttentionTile<Avx2Unit, Vector256<float>>(keyBlock), "cpu-avx2"),
            _ => (new AttentionTile<PortableUnit, Vector128<float>>(keyBlock), "cpu-portable"),
        };
    }

    /// <summary>The instruction sets that this machine runs, best first.</summary>
    public static IReadOnlyList<CpuInstructionSet> InstructionSets { get; } = FindInstructionSets();

    /// <summary>The best instruction set that this machine runs.</summary>
    public static CpuInstructionSet BestInstructionSet => InstructionSets[0];

    /// <summary>The instruction set that this kernel uses.</summary>
    public CpuInstructionSet InstructionSet { get; }

    /// <summary>Keys that it takes at a time.</summary>
    public int KeyBlock { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool Supports(in AttentionInput input) =>
        TypeOf(input) is not null
        && input.Bias is null
        && AttentionShape.TryReadForKernel(input, out _);

    /// <inheritdoc/>
    public torch.Tensor Full(in AttentionInput input, AttentionWindow? window = null)
    {
        var shape = AttentionShape.Read(input, window is not null);
        if (input.IsCausal)
        {
            return Compute(shape, input, WindowGeometry.Causal((int)shape.KeyLength), windowOnly: true).Full;
        }

        return Compute(shape, input, window is { } order ? WindowGeometry.Of(order, input.Layout, shape.KeyLength) : null).Full;
    }

    /// <inheritdoc/>
    public torch.Tensor Window(in AttentionInput input, AttentionWindow window, torch.Tensor? residual = null)
    {
        var shape = AttentionShape.Read(input, needsWindow: true);
        return Compute(shape, input, WindowGeometry.Of(input, window), windowOnly: true, addend: residual).Full;
    }

    /// <inheritdoc/>
    public FullAndResidual FullWithResidual(in AttentionInput input, AttentionWindow window)
    {
        var shape = AttentionShape.Read(input, needsWindow: true);
        if (input.IsCausal)
        {
            // The keys outside the window end at the query, which the one pass has no place for.
            using var near = Window(input, window);
            var full = Full(input, window);
            return new FullAndResidual(full, full - near);
        }

        return Compute(shape, input, WindowGeometry.Of(window, input.Layout, shape.KeyLength), withResidual: true);
    }

    private FullAndResidual Compute(
        in AttentionShape shape, in AttentionInput input, WindowGeometry? window, bool windowOnly = false, bool withResidual = false,
        torch.Tensor? addend = null)
    {
        if (!Supports(input))
        {
            throw new NotSupportedException(
                $"{Name} computes float32, bfloat16 and float16 tensors on the CPU without empty dimensions, bias and gradient; " +
                $"got {input.Query.dtype}, {input.Key.dtype}, {input.Value.dtype} on {input.Query.device}, {input.Key.device}, {input.Value.device}");
        }

        var type = TypeOf(input)!.Value;
        using var q = WithUnitStride(input.Query);
        using var k = WithUnitStride(input.Key);
        using var v = WithUnitStride(input.Value);
        using var added = addend is null ? null : WithUnitStride(CheckAddend(addend, shape, input));
        // [B, L, H, D] in memory, [B, H, L, D] to the caller.
        using var output = torch.empty([shape.Batch, shape.QueryLength, shape.Heads, shape.HeadWidth], input.Query.dtype, torch.CPU);
        using var residual = withResidual ? torch.empty_like(output) : null;
        var full = output.transpose(1, 2);
        var rest = residual?.transpose(1, 2);
        var keys = input.KeyMask is { } mask ? new TakenKeys(mask, checked((int)shape.Batch), checked((int)shape.KeyLength)) : null;
        var problem = new AttentionProblem
        {
            Query = Heads(q),
            Key = Heads(k),
            Value = Heads(v),
            Output = Heads(full),
            Residual = rest is null ? default : Heads(rest),
            Addend = added is null ? default : Heads(added),
            AddendBatch = added is null ? 0 : (int)added.size(0),
            Type = type,
            Batch = checked((int)shape.Batch),
            Heads = checked((int)shape.Heads),
            Groups = checked((int)shape.Groups),
            QueryLength = checked((int)shape.QueryLength),
            KeyLength = checked((int)shape.KeyLength),
            HeadWidth = checked((int)shape.HeadWidth),
            Scale = input.Scale ?? (1 / Math.Sqrt(shape.HeadWidth)),
            HasWindow = window is not null,
            Window = window ?? default,
            WindowOnly = windowOnly,
            TakenKeys = keys is null ? null : keys.Lists,
            TakenBefore = keys is null ? null : keys.Before,
        };
        TileTeam.Shared.Run(_program, problem, torch.get_num_threads());
        GC.KeepAlive(keys);
        return new FullAndResidual(full, rest!);
    }

    private static torch.Tensor CheckAddend(torch.Tensor addend, in AttentionShape shape, in AttentionInput input)
    {
        var sizes = addend.shape;
        return sizes is [var batch and > 0, var heads, var length, var width] && shape.Batch % batch == 0
            && heads == shape.Heads && length == shape.QueryLength && width == shape.HeadWidth && addend.dtype == input.Query.dtype
            ? addend
            : throw new ArgumentException(
                $"the residual is {addend.dtype} [{string.Join(", ", sizes)}]; what is added to {input.Query.dtype} "
                + $"[{shape.Batch}, {shape.Heads}, {shape.QueryLength}, {shape.HeadWidth}] has its type and sizes, but for a batch that divides it",
                nameof(addend));
    }

    private static ElementType? TypeOf(in AttentionInput input)
    {
        var dtype = input.Query.dtype;
        if (input.Key.dtype != dtype || input.Value.dtype != dtype || !IsPlain(input.Query) || !IsPlain(input.Key) || !IsPlain(input.Value))
        {
            return null;
        }

        return dtype switch
        {
            torch.ScalarType.Float32 => ElementType.Float32,
            torch.ScalarType.BFloat16 => ElementType.BFloat16,
            torch.ScalarType.Float16 => ElementType.Float16,
            _ => null,
        };
    }

    private static bool IsPlain(torch.Tensor tensor) => tensor.device_type == DeviceType.CPU && !tensor.is_sparse;

    // A handle of its own in either case, so that the memory outlives the computation whatever the caller does.
    private static torch.Tensor WithUnitStride(torch.Tensor tensor) =>
        tensor.stride(3) == 1 || tensor.size(3) == 1 ? tensor.alias() : tensor.contiguous();

    private static StridedHeads Heads(torch.Tensor tensor)
    {
        var strides = tensor.stride();
        var size = tensor.element_size();
        // `bytes` serves contiguous tensors only, and one element is contiguous whatever the tensor's strides are.
        using var first = tensor.as_strided(One, One, tensor.storage_offset());
        var start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
        return new StridedHeads(start, strides[0] * size, strides[1] * size, strides[2] * size);
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
