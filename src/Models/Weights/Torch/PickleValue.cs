namespace DiTFastAttn.Models.Weights.Torch;

/// <summary>
/// What a weight file's pickle can hold besides numbers, texts, booleans and None, which are .NET's own. None of these does
/// anything.
/// </summary>
internal abstract class PickleValue
{
    /// <summary>The kinds of sequences.</summary>
    public enum SequenceKind
    {
        /// <summary>A list, which can grow.</summary>
        List,

        /// <summary>A tuple.</summary>
        Tuple,

        /// <summary>A set, which is read past: its elements have no order to name them by.</summary>
        Set,
    }

    /// <summary>A list, tuple or set.</summary>
    public sealed class Sequence(SequenceKind kind, List<object?> items) : PickleValue
    {
        public SequenceKind Kind => kind;

        public List<object?> Items => items;
    }

    /// <summary>A dictionary, in the order of its keys' first appearance.</summary>
    /// <param name="isOrdered">Whether it is a <c>collections.OrderedDict</c>, which may have attributes.</param>
    public sealed class Map(bool isOrdered) : PickleValue
    {
        public bool IsOrdered => isOrdered;

        public OrderedDictionary<Key, object?> Items { get; } = [];
    }

    /// <summary>Bytes, which are read past.</summary>
    public sealed class Bytes : PickleValue
    {
        public static Bytes Instance { get; } = new();
    }

    /// <summary>An object of a class that is known and never made (<c>argparse.Namespace</c>); it is read past.</summary>
    public sealed class Placeholder : PickleValue
    {
        public static Placeholder Instance { get; } = new();
    }

    /// <summary>A function or class that weight files name; one of <see cref="PickleGlobals"/>.</summary>
    /// <param name="name">Module and name.</param>
    /// <param name="role">What it stands for.</param>
    /// <param name="dtype">The element type of a storage class or dtype, if it is one that is read.</param>
    public sealed class Global(string name, PickleRole role, SafetensorsDtype? dtype) : PickleValue
    {
        public string Name => name;

        public PickleRole Role => role;

        public SafetensorsDtype? Dtype => dtype;
    }

    /// <summary>The bytes of a storage.</summary>
    /// <param name="block">Where they lie.</param>
    /// <param name="dtype">Their element type, or null where only a tensor says it.</param>
    /// <param name="offset">First byte inside the block.</param>
    /// <param name="length">Length in bytes.</param>
    public sealed class Storage(StorageBlock block, SafetensorsDtype? dtype, long offset, long length) : PickleValue
    {
        public StorageBlock Block => block;

        public SafetensorsDtype? Dtype => dtype;

        public long Offset => offset;

        public long Length => length;
    }

    /// <summary>A view of a storage: offset and strides in elements, all checked to lie inside it.</summary>
    public sealed class Tensor(Storage storage, SafetensorsDtype dtype, long offset, long[] shape, long[] strides) : PickleValue
    {
        public Storage Source => storage;

        public SafetensorsDtype Dtype => dtype;

        public long Offset => offset;

        public long[] Shape => shape;

        public long[] Strides => strides;
    }

    /// <summary>A dictionary's key: a text, or a number by its text.</summary>
    public readonly record struct Key(string Text, bool IsText);
}
