using TorchSharp.Binding;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>A number whose type torch decides by: an integer scalar keeps an integer tensor's dtype, a floating one does not.</summary>
/// <remarks>Holds no native memory: <see cref="Dispose"/> has nothing to free and is there for source compatibility.</remarks>
public sealed class Scalar : IDisposable
{
    private readonly Arg value;

    internal Scalar(long value, ScalarType type) => (this.value, Type) = (value, type);

    internal Scalar(double value, ScalarType type) => (this.value, Type) = (value, type);

    internal Scalar(bool value) => (this.value, Type) = (value, ScalarType.Bool);

    public ScalarType Type { get; }

    public static implicit operator Scalar(byte value) => new(value, ScalarType.Byte);
    public static implicit operator Scalar(sbyte value) => new(value, ScalarType.Int8);
    public static implicit operator Scalar(short value) => new(value, ScalarType.Int16);
    public static implicit operator Scalar(int value) => new(value, ScalarType.Int32);
    public static implicit operator Scalar(long value) => new(value, ScalarType.Int64);
    public static implicit operator Scalar(Half value) => new((double)value, ScalarType.Float16);
    public static implicit operator Scalar(float value) => new((double)value, ScalarType.Float32);
    public static implicit operator Scalar(double value) => new(value, ScalarType.Float64);
    public static implicit operator Scalar(bool value) => new(value);

    internal double AsDouble => value.Tag == Tag.Double ? BitConverter.Int64BitsToDouble(value.Bits) : value.Bits;

    internal long AsLong => value.Tag == Tag.Double ? (long)AsDouble : value.Bits;

    public void Dispose()
    {
    }

    internal Arg ToArg() => value;
}
