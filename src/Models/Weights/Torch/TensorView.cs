using static DiTFastAttn.Models.Weights.Torch.PickleValue;

namespace DiTFastAttn.Models.Weights.Torch;

/// <summary>Checks the arguments that a pickle makes a tensor of: the view has to lie inside its storage.</summary>
internal static class TensorView
{
    private const int MostDimensions = 64;
    private const long PlainBytes = 64L << 20;
    private const int MostRepetition = 1024;

    /// <summary>
    /// <c>_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata])</c>, and v3, which has the dtype
    /// after the hooks.
    /// </summary>
    /// <exception cref="WeightFileException">The arguments are no tensor's, or the view does not fit.</exception>
    public static Tensor Rebuild(PickleInput input, Global function, List<object?> arguments)
    {
        var hasDtype = function.Role == PickleRole.RebuildTensorWithDtype;
        if (arguments is not [Storage storage, long offset, Sequence { Kind: not SequenceKind.Set } sizes, Sequence { Kind: not SequenceKind.Set } steps, bool, Map, .. var rest])
        {
            throw input.Refuse("has a tensor that is not made of a storage, offset, size, stride, truth value and hooks");
        }

        var dtype = storage.Dtype;
        if (hasDtype)
        {
            dtype = rest is [Global { Role: PickleRole.Dtype } given, ..]
                ? given.Dtype ?? throw input.Refuse($"has a tensor of {given.Name}, which is not read")
                : throw input.Refuse("has a tensor without the dtype that it should have");
            rest = rest[1..];
        }

        if (rest is not ([] or [null] or [Map { Items.Count: 0 }]))
        {
            throw input.Refuse("has a tensor with attributes that weights do not have");
        }

        if (dtype is null)
        {
            throw input.Refuse("has a tensor on an untyped storage without a dtype");
        }

        var (shape, strides) = (Numbers(input, "size", sizes), Numbers(input, "stride", steps));
        Check(input, storage, dtype.Value, offset, shape, strides);
        return new Tensor(storage, dtype.Value, offset, shape, strides);
    }

    private static long[] Numbers(PickleInput input, string what, Sequence sequence)
    {
        if (sequence.Items.Count > MostDimensions)
        {
            throw input.Refuse($"has a tensor of {sequence.Items.Count} dimensions; {MostDimensions} are the most");
        }

        input.Charge(32 + (8 * sequence.Items.Count));
        return [.. sequence.Items.Select(item => item is >= 0L and long number
            ? number
            : throw input.Refuse($"has a tensor with a {what} that holds {item ?? "None"}; whole numbers of 0 or more are right"))];
    }

    private static void Check(PickleInput input, Storage storage, SafetensorsDtype dtype, long offset, long[] shape, long[] strides)
    {
        var text = SafetensorsTypes.ShapeText(shape);
        if (shape.Length != strides.Length)
        {
            throw input.Refuse($"has a tensor of size {text} with strides for {strides.Length} dimensions");
        }

        var width = SafetensorsTypes.ByteCount(dtype);
        Int128 bytes = width;
        Int128 last = offset;
        for (var i = 0; i < shape.Length; i++)
        {
            // Both stay below 2^128: a product is checked before the next factor.
            bytes *= Math.Max(1, shape[i]);
            last += (Int128)Math.Max(0, shape[i] - 1) * strides[i];
            if (bytes > long.MaxValue || last > long.MaxValue)
            {
                throw input.Refuse($"has a tensor of size {text}, which is more than any file can hold");
            }
        }

        var elements = storage.Length / width;
        if (offset < 0 || (shape.Contains(0) ? offset > elements : last >= elements))
        {
            throw input.Refuse($"has a tensor of size {text} from element {offset} on whose last element is {last}, outside its storage '{storage.Block.Key}' of {elements} elements");
        }

        if (!shape.Contains(0) && bytes > PlainBytes && bytes / MostRepetition > storage.Length)
        {
            throw input.Refuse($"has a tensor of size {text}, which repeats a storage of {storage.Length} bytes more than {MostRepetition} times");
        }
    }
}
