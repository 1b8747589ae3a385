using System.Buffers.Binary;
using DiTFastAttn.Models.Images.Jpeg;

namespace DiTFastAttn.Models;

/// <summary>
/// Reads JPEG files (ITU-T T.81: 8 bits, sequential and progressive, Huffman codes; grey, colours and inks) as 8-bit RGB, to the last bit as libjpeg-turbo and
/// Pillow do with their default settings. That matters: FID moves with the decoder.
/// </summary>
public static class JpegReader
{
    private const long MostPixels = 1L << 28;

    /// <summary>Whether some bytes are the beginning of a JPEG file.</summary>
    /// <param name="file">The bytes.</param>
    public static bool IsLikely(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="file">The bytes.</param>
    /// <exception cref="InvalidDataException">They are no JPEG, damaged, or of a kind that is not read; one line says what.</exception>
    public static RgbImage Read(byte[] file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return IsLikely(file) ? new Decoder(file).Decode() : throw new InvalidDataException("it is no JPEG.");
    }

    private sealed class Decoder(byte[] file)
    {
        private readonly int[]?[] _quantisation = new int[4][];
        private readonly JpegHuffman?[] _dc = new JpegHuffman[4];
        private readonly JpegHuffman?[] _ac = new JpegHuffman[4];
        private JpegComponent[] _components = [];
        private int _width;
        private int _height;
        private bool _isProgressive;
        private bool _isJfif;
        private int? _adobe;
        private int _restart;
        private int _at = 2;

        public RgbImage Decode()
        {
            var scans = 0;
            for (var marker = NextMarker(); marker != 0xD9; marker = NextMarker())
            {
                if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
                {
                    continue;
                }

                var content = Segment();
                switch (marker)
                {
                    case 0xC0 or 0xC1 or 0xC2:
                        ReadFrame(content, marker == 0xC2);
                        break;
                    case 0xC4:
                        ReadHuffman(content);
                        break;
                    case 0xDA:
                        ReadScan(content);
                        scans++;
                        break;
                    case 0xDB:
                        ReadQuantisation(content);
                        break;
                    case 0xDD when content.Length >= 2:
                        _restart = BinaryPrimitives.ReadUInt16BigEndian(content);
                        break;
                    case 0xE0:
                        _isJfif |= content.StartsWith("JFIF\0"u8);
                        break;
                    case 0xEE when content.Length >= 12 && content.StartsWith("Adobe"u8):
                        _adobe = content[11];
                        break;
                    case >= 0xC3 and <= 0xCF and not 0xC8 and not 0xCC:
                        throw new InvalidDataException("it is lossless, hierarchical or arithmetically coded; sequential and progressive Huffman-coded JPEG are read.");
                    default:
                        break;
                }
            }

            return scans > 0 ? Finish() : throw new InvalidDataException("it holds no picture.");
        }

        private RgbImage Finish()
        {
            var (across, down) = (_components.Max(c => c.Across), _components.Max(c => c.Down));
            JpegPlane[] planes = [.. _components.Select(component =>
            {
                if (across % component.Across != 0 || down % component.Down != 0)
                {
                    throw new InvalidDataException($"a component has {component.Across}x{component.Down} samples where another has {across}x{down}; only whole ratios are read.");
                }

                var table = _quantisation[component.Table] ?? throw new InvalidDataException("a quantisation table is missing.");
                return JpegPlane.Of(component, table).Enlarge(across / component.Across, down / component.Down);
            })];
            return JpegPixels.Make(planes, _width, _height, Colours(), isInverted: _adobe is not null);
        }

        private JpegColours Colours() => _components.Length switch
        {
            1 => JpegColours.Grey,
            4 => _adobe == 2 ? JpegColours.Ycck : JpegColours.Cmyk,
            _ when _isJfif => JpegColours.YCbCr,
            _ when _adobe is { } transform => transform == 0 ? JpegColours.Rgb : JpegColours.YCbCr,
            _ => _components.Select(c => c.Id).SequenceEqual([(int)'R', 'G', 'B']) ? JpegColours.Rgb : JpegColours.YCbCr,
        };

        /// <summary>Goes to the next marker, past what does not belong to any.</summary>
        private int NextMarker()
        {
            while (_at + 1 < file.Length)
            {
                if (file[_at] == 0xFF && file[_at + 1] is not 0 and not 0xFF)
                {
                    _at += 2;
                    return file[_at - 1];
                }

                _at++;
            }

            throw new InvalidDataException("it ends in the middle.");
        }

        private ReadOnlySpan<byte> Segment()
        {
            if (file.Length - _at < 2 || BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(_at)) is var length && (length < 2 || length > file.Length - _at))
            {
                throw new InvalidDataException("it ends in the middle.");
            }

            var content = file.AsSpan(_at + 2, length - 2);
            _at += length;
            return content;
        }

        private void ReadFrame(ReadOnlySpan<byte> content, bool isProgressive)
        {
            if (_components.Length > 0 || content.Length < 6 || content[5] is not (1 or 3 or 4) || content.Length < 6 + (3 * content[5]))
            {
                throw new InvalidDataException("its header is damaged, or is of other than 1, 3 or 4 components.");
            }

            (_height, _width) = (BinaryPrimitives.ReadUInt16BigEndian(content[1..]), BinaryPrimitives.ReadUInt16BigEndian(content[3..]));
            if (content[0] != 8 || _width == 0 || _height == 0 || (long)_width * _height > MostPixels)
            {
                throw new InvalidDataException($"its header says {_width}x{_height} pixels of {content[0]} bits, which cannot be read.");
            }

            _isProgressive = isProgressive;
            var components = new JpegComponent[content[5]];
            for (var i = 0; i < components.Length; i++)
            {
                var part = content.Slice(6 + (3 * i), 3);
                var (across, down) = (part[1] >> 4, part[1] & 15);
                components[i] = across is >= 1 and <= 4 && down is >= 1 and <= 4 && part[2] < 4
                    ? new JpegComponent(part[0], across, down, part[2])
                    : throw new InvalidDataException("its header is damaged.");
            }

            // A block takes a bit at least: a header that promises more than the file can hold gets no memory.
            if ((long)_width * _height / 64 > 8L * file.Length)
            {
                throw new InvalidDataException($"its header says {_width}x{_height} pixels, more than {file.Length} bytes can hold.");
            }

            foreach (var component in components)
            {
                component.Allocate(_width, _height, components.Max(c => c.Across), components.Max(c => c.Down));
            }

            _components = components;
        }

        private void ReadQuantisation(ReadOnlySpan<byte> content)
        {
            while (content.Length > 0)
            {
                var (bytes, index) = ((content[0] >> 4) + 1, content[0] & 15);
                if (bytes > 2 || index > 3 || content.Length < 1 + (64 * bytes))
                {
                    throw new InvalidDataException("a quantisation table is damaged.");
                }

                var table = new int[64];
                for (var i = 0; i < 64; i++)
                {
                    table[JpegScan.Zigzag[i]] = bytes == 1 ? content[1 + i] : BinaryPrimitives.ReadUInt16BigEndian(content[(1 + (2 * i))..]);
                }

                _quantisation[index] = table;
                content = content[(1 + (64 * bytes))..];
            }
        }

        private void ReadHuffman(ReadOnlySpan<byte> content)
        {
            while (content.Length > 0)
            {
                var symbols = 0;
                for (var i = 1; i <= 16 && i < content.Length; i++)
                {
                    symbols += content[i];
                }

                if (content.Length < 17 + symbols || (content[0] & 15) > 3 || content[0] >> 4 > 1)
                {
                    throw new InvalidDataException("a table of Huffman codes is damaged.");
                }

                (content[0] >> 4 == 0 ? _dc : _ac)[content[0] & 15] = new JpegHuffman(content.Slice(1, 16), content.Slice(17, symbols).ToArray());
                content = content[(17 + symbols)..];
            }
        }

        private void ReadScan(ReadOnlySpan<byte> content)
        {
            if (content.Length == 0 || content.Length < 4 + (2 * content[0]) || content[0] is < 1 or > 4)
            {
                throw new InvalidDataException("a scan's header is damaged.");
            }

            var count = content[0];
            var range = content.Slice(1 + (2 * count), 3);
            var scan = _isProgressive ? (First: range[0], Last: range[1], High: range[2] >> 4, Low: range[2] & 15) : (First: 0, Last: 63, High: 0, Low: 0);
            var isDc = scan.First == 0;
            if (scan.Last > 63 || scan.First > scan.Last || scan.Low > 13 || (_isProgressive && isDc && scan.Last > 0) || (!isDc && count > 1))
            {
                throw new InvalidDataException("a scan's header is damaged.");
            }

            var parts = new (JpegComponent Component, JpegHuffman? Dc, JpegHuffman? Ac)[count];
            for (var i = 0; i < count; i++)
            {
                var (id, tables) = (content[1 + (2 * i)], content[2 + (2 * i)]);
                var component = Array.Find(_components, c => c.Id == id) ?? throw new InvalidDataException("a scan is of a component that there is not.");
                component.LastDc = 0;
                var (dc, ac) = (_dc[(tables >> 4) & 3], _ac[tables & 3]);
                var needsDc = isDc && scan.High == 0;
                var needsAc = !_isProgressive || !isDc;
                parts[i] = (dc is null && needsDc) || (ac is null && needsAc)
                    ? throw new InvalidDataException("a scan's table of Huffman codes is missing.")
                    : (component, dc, ac);
            }

            var bits = new JpegBits(file, _at);
            new JpegScan(parts, scan.First, scan.Last, scan.High, scan.Low).Read(
                bits,
                _isProgressive,
                _restart,
                JpegComponent.Divide(_width, 8 * _components.Max(c => c.Across)),
                JpegComponent.Divide(_height, 8 * _components.Max(c => c.Down)));
            _at = bits.Position;
        }
    }
}
