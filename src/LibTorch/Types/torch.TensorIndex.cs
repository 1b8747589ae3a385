namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// One entry of an index expression: a number, a range, <see cref="Colon"/>, <see cref="Ellipsis"/>, <see cref="None"/> (a new dimension),
    /// or a tensor of indices or of truth values. Numbers, ranges and <c>^1</c> convert by themselves.
    /// </summary>
    public readonly struct TensorIndex
    {
        public static readonly TensorIndex None = new(Kind.None);
        public static readonly TensorIndex Null = new(Kind.None);
        public static readonly TensorIndex Ellipsis = new(Kind.Ellipsis);
        public static readonly TensorIndex Colon = new(Kind.Slice);

        internal readonly Kind IndexKind;
        internal readonly long? Start;
        internal readonly long? Stop;
        internal readonly long? Step;
        internal readonly Tensor? Values;

        private TensorIndex(Kind kind, long? start = null, long? stop = null, long? step = null, Tensor? values = null) =>
            (IndexKind, Start, Stop, Step, Values) = (kind, start, stop, step, values);

        internal enum Kind
        {
            None,
            Ellipsis,
            Bool,
            Single,
            Slice,
            Tensor,
        }

        public static implicit operator TensorIndex(long value) => new(Kind.Single, value);
        public static implicit operator TensorIndex(Index index) => Single(From(index));
        public static implicit operator TensorIndex(Range range) => Slice(range);
        public static implicit operator TensorIndex((int?, int?) range) => Slice(range);

        /// <summary>The dimension's element; null is a new dimension.</summary>
        public static TensorIndex Single(long? index) => index is null ? None : new(Kind.Single, index);

        public static TensorIndex Bool(bool value) => new(Kind.Bool, value ? 1 : 0);

        /// <summary>From <paramref name="start"/> up to and without <paramref name="stop"/>; negative ones count from the end, null is the end itself.</summary>
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) => new(Kind.Slice, start, stop, step);

        public static TensorIndex Slice((int?, int?) range) => Slice(range.Item1, range.Item2);

        public static TensorIndex Slice(Range range) =>
            Slice(From(range.Start), range.End is { IsFromEnd: true, Value: 0 } ? null : From(range.End));

        /// <summary>A tensor of indices, or of truth values that covers as many dimensions as it has.</summary>
        public static TensorIndex Tensor(Tensor tensor) => new(Kind.Tensor, values: tensor);

        private static long From(Index index) => index.IsFromEnd ? -index.Value : index.Value;
    }
}
