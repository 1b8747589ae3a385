using System.Text;
using static TorchSharp.torch;

namespace TorchSharp.Binding;

/// <summary>
/// One argument of an operator call. Everything an operator takes converts to it, so that a call reads like the operator's schema:
/// <c>Op.narrow.Call(this, dim, start, length)</c>. A null tensor, list, scalar, generator or device is the schema's <c>None</c>.
/// </summary>
internal readonly struct Arg
{
    internal readonly Tag Tag;
    internal readonly object? Object;
    internal readonly long Bits;

    private Arg(Tag tag, object? value, long bits) => (Tag, Object, Bits) = (tag, value, bits);

    internal static Arg None => default;

    /// <summary>A <c>Tensor?[]</c> of the schema: entries may be null.</summary>
    internal static Arg Optional(Tensor?[] tensors) => Of(Tag.OptionalTensorList, tensors);

    internal static Arg Tensors(IEnumerable<Tensor> tensors) => Of(Tag.TensorList, tensors as Tensor[] ?? [.. tensors]);

    internal static Arg Ints(ReadOnlySpan<long> values) => Of(Tag.IntList, values.ToArray());

    public static implicit operator Arg(Tensor? value) => Of(Tag.Tensor, value);
    public static implicit operator Arg(Tensor[]? value) => Of(Tag.TensorList, value);
    public static implicit operator Arg(long value) => Of(Tag.Int, value);
    public static implicit operator Arg(int value) => (long)value;
    public static implicit operator Arg(long? value) => value is { } v ? v : None;
    public static implicit operator Arg(int? value) => value is { } v ? v : None;
    public static implicit operator Arg(float value) => (double)value;
    public static implicit operator Arg(double value) => Of(Tag.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Arg(double? value) => value is { } v ? v : None;
    public static implicit operator Arg(bool value) => Of(Tag.Bool, value ? 1 : 0);
    public static implicit operator Arg(bool? value) => value is { } v ? v : None;
    public static implicit operator Arg(Scalar? value) => value is null ? None : value.ToArg();
    public static implicit operator Arg(long[]? value) => Of(Tag.IntList, value);
    public static implicit operator Arg(double[]? value) => Of(Tag.DoubleList, value);
    public static implicit operator Arg(string? value) => Of(Tag.String, value);
    public static implicit operator Arg(Generator? value) => Of(Tag.Generator, value);
    public static implicit operator Arg(Device? value) => value is null ? None : Of(Tag.Device, value.Packed);
    public static implicit operator Arg(ScalarType value) => Of(Tag.Int, (long)value);
    public static implicit operator Arg(ScalarType? value) => value is { } v ? v : None;
    public static implicit operator Arg(layout value) => Of(Tag.Int, (long)value);

    private static Arg Of(Tag tag, object? value) => value is null ? None : new(tag, value, 0);

    private static Arg Of(Tag tag, long bits) => new(tag, null, bits);

    /// <summary>Bytes of scratch that <see cref="Write"/> needs.</summary>
    internal int ListBytes => Tag switch
    {
        Tag.IntList => ((long[])Object!).Length * sizeof(long),
        Tag.DoubleList => ((double[])Object!).Length * sizeof(double),
        Tag.TensorList or Tag.OptionalTensorList => ((Tensor?[])Object!).Length * sizeof(long),
        // Rounded up, because the next list has to start aligned.
        Tag.String => (Encoding.UTF8.GetByteCount((string)Object!) + 7) & ~7,
        _ => 0,
    };

    /// <summary>Writes the argument for the native side; lists and strings go to <paramref name="scratch"/>, which moves on.</summary>
    internal unsafe void Write(out NativeValue value, ref byte* scratch)
    {
        value = new NativeValue { Tag = Tag, Int = Bits };
        switch (Tag)
        {
            case Tag.Tensor:
                value.Pointer = ((Tensor)Object!).Handle;
                return;
            case Tag.Generator:
                value.Pointer = ((Generator)Object!).Handle;
                return;
            case Tag.IntList:
                var ints = (long[])Object!;
                ints.CopyTo(new Span<long>(scratch, ints.Length));
                value.Count = ints.Length;
                break;
            case Tag.DoubleList:
                var doubles = (double[])Object!;
                doubles.CopyTo(new Span<double>(scratch, doubles.Length));
                value.Count = doubles.Length;
                break;
            case Tag.TensorList or Tag.OptionalTensorList:
                var tensors = (Tensor?[])Object!;
                for (var i = 0; i < tensors.Length; i++) ((IntPtr*)scratch)[i] = tensors[i]?.Handle ?? IntPtr.Zero;
                value.Count = tensors.Length;
                break;
            case Tag.String:
                var text = (string)Object!;
                value.Count = Encoding.UTF8.GetBytes(text, new Span<byte>(scratch, Encoding.UTF8.GetByteCount(text)));
                break;
            default:
                return;
        }
        value.Pointer = (IntPtr)scratch;
        scratch += ListBytes;
    }
}
