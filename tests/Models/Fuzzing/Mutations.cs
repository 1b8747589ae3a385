using System.Buffers.Binary;

namespace DiTFastAttn.Models.Tests;

/// <summary>Damages inputs as broken downloads, bad memory and hostile hands do, always the same way for the same seed.</summary>
internal sealed class Mutations(IReadOnlyList<byte[]> corpus, int seed)
{
    // Lengths and counts that parsers trip over.
    private static readonly long[] Numbers = [0, 1, -1, 127, 128, 255, 256, 32767, 65535, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 1L << 40];

    private readonly Random _random = new(seed);

    /// <summary>The next damaged input: one of the corpus after one change, or more, each further one half as likely.</summary>
    public byte[] Next()
    {
        var input = corpus[_random.Next(corpus.Count)].ToList();
        do
        {
            Change(input);
        }
        while (_random.Next(2) == 0);

        return [.. input];
    }

    private void Change(List<byte> input)
    {
        if (input.Count == 0)
        {
            input.Add((byte)_random.Next(256));
            return;
        }

        var at = _random.Next(input.Count);
        // Half of the changes leave the length, so that what stands behind is still found.
        switch (_random.Next(12))
        {
            case 0 or 10:
                input[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1:
                input[at] = (byte)_random.Next(256);
                break;
            case 2:
                input[at] = (byte)(input[at] + _random.Next(-2, 3));
                break;
            case 3:
                input.RemoveRange(at, Math.Min(input.Count - at, 1 + _random.Next(16)));
                break;
            case 4:
                input.RemoveRange(at, input.Count - at);
                break;
            case 5:
                input.InsertRange(at, Enumerable.Range(0, 1 + _random.Next(16)).Select(_ => (byte)_random.Next(256)).ToArray());
                break;
            case 6 or 11:
                Overwrite(input, at);
                break;
            case 7:
                input.InsertRange(at, Piece(input));
                break;
            case 8:
                // A part of another file.
                input.InsertRange(at, Piece(corpus[_random.Next(corpus.Count)]));
                break;
            default:
                // The same again and again.
                input.InsertRange(at, Enumerable.Repeat(input[at], 1 << _random.Next(12)).ToArray());
                break;
        }
    }

    private void Overwrite(List<byte> input, int at)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, Numbers[_random.Next(Numbers.Length)]);
        var width = Math.Min(1 << _random.Next(4), input.Count - at);
        for (var i = 0; i < width; i++)
        {
            input[at + i] = number[i];
        }
    }

    private byte[] Piece(IReadOnlyList<byte> source)
    {
        if (source.Count == 0)
        {
            return [];
        }

        var begin = _random.Next(source.Count);
        return [.. source.Skip(begin).Take(1 + _random.Next(64))];
    }
}
