using System.Globalization;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>Conversions and file forms of tensors.</summary>
public static class TensorExtensionMethods
{
    /// <summary>Bytes of one element.</summary>
    public static int ElementSize(this ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.Int64 or ScalarType.Float64 or ScalarType.ComplexFloat32 => 8,
        ScalarType.ComplexFloat64 => 16,
        _ => throw new NotSupportedException($"element type {type} has no counterpart in .NET"),
    };

    /// <summary>Elements of a tensor of this shape.</summary>
    public static long TotalSize(this IEnumerable<long> shape) => shape.Aggregate(1L, (product, n) => product * n);

    public static ReadOnlySpan<int> IntShape(this Tensor tensor) => Array.ConvertAll(tensor.shape, n => (int)n);

    public static bool ToBoolean(this Tensor value) => Single(value).ToBoolean();
    public static byte ToByte(this Tensor value) => Single(value).ToByte();
    public static sbyte ToSByte(this Tensor value) => Single(value).ToSByte();
    public static short ToInt16(this Tensor value) => Single(value).ToInt16();
    public static int ToInt32(this Tensor value) => Single(value).ToInt32();
    public static long ToInt64(this Tensor value) => Single(value).ToInt64();
    public static Half ToHalf(this Tensor value) => Single(value).ToHalf();
    public static float ToSingle(this Tensor value) => Single(value).ToSingle();
    public static double ToDouble(this Tensor value) => Single(value).ToDouble();

    /// <summary>A tensor of no dimensions.</summary>
    public static Tensor ToTensor<T>(this T scalar, Device? device = null, bool requires_grad = false) where T : struct =>
        from_array(new[] { scalar }, dtype: null, device).reshape([]).requires_grad_(requires_grad);

    /// <summary>A copy of the array in the given shape.</summary>
    public static Tensor ToTensor<T>(this T[] rawArray, long[] dimensions, bool doCopy = false, bool requires_grad = false) =>
        from_array(rawArray).reshape(dimensions).requires_grad_(requires_grad);

    /// <summary>Writes dtype, shape and raw elements, in TorchSharp's format.</summary>
    public static void Save(this Tensor tensor, BinaryWriter writer)
    {
        using var stored = tensor.cpu().contiguous();
        Encode(writer, (long)stored.dtype);
        Encode(writer, stored.ndim);
        foreach (var n in stored.shape) Encode(writer, n);
        writer.Flush();
        stored.WriteBytesToStream(writer.BaseStream);
    }

    public static void Save(this Tensor tensor, Stream stream)
    {
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        tensor.Save(writer);
    }

    public static void Save(this Tensor tensor, string location)
    {
        using var stream = File.Create(location);
        tensor.Save(stream);
    }

    /// <summary>Reads what <see cref="Save(Tensor, BinaryWriter)"/> wrote into a tensor of the same dtype and shape; skips it on demand.</summary>
    public static void Load(this Tensor tensor, BinaryReader reader, bool skip = false)
    {
        if ((ScalarType)Decode(reader) != tensor.dtype)
            throw new ArgumentException("Mismatched tensor data types while loading. Make sure that the model you are loading into is exactly the same as the origin.");
        LoadElements(tensor, ReadShape(reader), reader, skip);
    }

    /// <summary>As <see cref="Load(Tensor, BinaryReader, bool)"/>; where there is no tensor yet, a new one takes the stored dtype and shape.</summary>
    public static void Load(ref Tensor? tensor, BinaryReader reader, bool skip = false)
    {
        var type = (ScalarType)Decode(reader);
        var shape = ReadShape(reader);
        tensor ??= zeros(shape, type);
        LoadElements(tensor, shape, reader, skip);
    }

    public static Tensor Load(BinaryReader reader, bool skip = false)
    {
        Tensor? tensor = null;
        Load(ref tensor, reader, skip);
        return tensor!;
    }

    public static string str(this Tensor tensor, string? fltFormat = null, int? width = null, string? newLine = null, CultureInfo? cultureInfo = null,
        TensorStringStyle style = TensorStringStyle.Default) => tensor.ToString(style, fltFormat, width, cultureInfo, newLine);

    public static string metastr(this Tensor tensor) => tensor.ToString(TensorStringStyle.Metadata);

    public static string npstr(this Tensor tensor, string? fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null) =>
        tensor.ToString(TensorStringStyle.Numpy, fltFormat, width, cultureInfo, newLine);

    /// <summary>Writes the tensor to the console and returns it.</summary>
    public static Tensor print(this Tensor t, string? fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null,
        TensorStringStyle style = TensorStringStyle.Default)
    {
        Console.WriteLine(t.ToString(style, fltFormat, width, cultureInfo, newLine));
        return t;
    }

    private static Scalar Single(Tensor value) =>
        value.NumberOfElements == 1 ? value.ToScalar() : throw new ArgumentException("Number of elements in the tensor must be 1", nameof(value));

    private static long[] ReadShape(BinaryReader reader)
    {
        var shape = new long[Decode(reader)];
        for (var i = 0; i < shape.Length; i++) shape[i] = Decode(reader);
        return shape;
    }

    private static void LoadElements(Tensor tensor, long[] shape, BinaryReader reader, bool skip)
    {
        if (skip)
        {
            reader.BaseStream.Seek(shape.TotalSize() * tensor.ElementSize, SeekOrigin.Current);
            return;
        }
        if (!shape.AsSpan().SequenceEqual(tensor.shape))
            throw new ArgumentException("Mismatched tensor shape while loading. Make sure that the model you are loading into is exactly the same as the origin.");
        using var noGrad = no_grad();
        if (tensor.device_type == DeviceType.CPU && tensor.is_contiguous())
        {
            tensor.ReadBytesFromStream(reader.BaseStream);
            return;
        }
        using var read = empty(shape, tensor.dtype, CPU);
        read.ReadBytesFromStream(reader.BaseStream);
        tensor.copy_(read);
    }

    // LEB128, as TorchSharp writes it: seven bits a byte, the high bit where more follow.
    private static void Encode(BinaryWriter writer, long value)
    {
        for (; value >= 0x80; value >>= 7) writer.Write((byte)(value | 0x80));
        writer.Write((byte)value);
    }

    private static long Decode(BinaryReader reader) => reader.Read7BitEncodedInt64();
}
