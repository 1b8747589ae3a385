using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace DiTFastAttn.Evaluation.Statistics;

/// <summary>An array of floating numbers in numpy's format <c>.npy</c> (versions 1 to 3, little-endian float32 and float64).</summary>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">Its numbers, row by row.</param>
internal sealed partial record NpyArray(IReadOnlyList<int> Shape, double[] Values)
{
    private const int Alignment = 64;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads a file's bytes.</summary>
    /// <exception cref="InvalidDataException">They are no such array.</exception>
    public static NpyArray Parse(ReadOnlySpan<byte> file)
    {
        if (file.Length < 12 || !file.StartsWith(Magic))
        {
            throw new InvalidDataException("it is no array of numpy.");
        }

        var (at, length) = file[6] == 1 ? (10, BinaryPrimitives.ReadUInt16LittleEndian(file[8..])) : (12, BinaryPrimitives.ReadUInt32LittleEndian(file[8..]));
        if (length > file.Length - at)
        {
            throw new InvalidDataException("it ends in the middle.");
        }

        var match = Header().Match(Encoding.Latin1.GetString(file.Slice(at, (int)length)));
        if (!match.Success)
        {
            throw new InvalidDataException("it is no array of little-endian float32 or float64.");
        }

        int[] shape = [.. match.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(size => int.Parse(size, CultureInfo.InvariantCulture))];
        var content = file[(at + (int)length)..];
        var isSingle = match.Groups["type"].Value == "4";
        if (content.Length != shape.Aggregate(isSingle ? 4L : 8L, (product, size) => product * size))
        {
            throw new InvalidDataException($"it holds {content.Length} bytes, which are not [{string.Join(", ", shape)}] numbers.");
        }

        var values = isSingle
            ? Array.ConvertAll(MemoryMarshal.Cast<byte, float>(content).ToArray(), value => (double)value)
            : MemoryMarshal.Cast<byte, double>(content).ToArray();
        return new NpyArray(shape, match.Groups["order"].Value == "True" && shape.Length == 2 ? Transpose(values, shape[0], shape[1]) : values);
    }

    /// <summary>Writes the array as numpy does, as float64.</summary>
    public void Write(Stream stream)
    {
        var shape = Shape.Count == 1 ? $"{Shape[0]}," : string.Join(", ", Shape);
        var header = $"{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape}), }}";
        header = header.PadRight(((header.Length + 10) / Alignment * Alignment) + Alignment - 11) + "\n";
        Span<byte> start = [.. Magic, 1, 0, (byte)header.Length, (byte)(header.Length >> 8)];
        stream.Write(start);
        stream.Write(Encoding.Latin1.GetBytes(header));
        stream.Write(MemoryMarshal.AsBytes(Values.AsSpan()));
    }

    /// <summary>Columns one after the other -> rows one after the other.</summary>
    private static double[] Transpose(double[] values, int rows, int columns)
    {
        var result = new double[values.Length];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                result[(i * columns) + j] = values[(j * rows) + i];
            }
        }

        return result;
    }

    [GeneratedRegex(
        @"^\{'descr': '<f(?<type>[48])', 'fortran_order': (?<order>True|False), 'shape': \((?<shape>[0-9]{0,9}(, ?[0-9]{1,9})*,?)\), *\}\s*$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Header();
}
