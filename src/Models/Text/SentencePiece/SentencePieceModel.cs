using System.Text;
using DiTFastAttn.Models.Weights;

namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>
/// What a SentencePiece model file (<c>spiece.model</c>, a protocol buffers message) holds. Damaged and hostile files are refused; reading takes
/// memory in proportion to the file.
/// </summary>
internal sealed class SentencePieceModel
{
    private const long LargestFile = 64L << 20;
    private const int MostPieces = 1 << 20;
    private const int LongestPiece = 1 << 10;

    private readonly List<Piece> _pieces = [];
    private readonly Dictionary<string, int> _reserved = new(StringComparer.Ordinal);
    private readonly int[] _byteIds = new int[256];
    private bool _hasByteFallback;
    private byte[]? _unknownSurface;

    private SentencePieceModel()
    {
    }

    /// <summary>The vocabulary; a piece's id is its index.</summary>
    public IReadOnlyList<Piece> Pieces => _pieces;

    public SegmentationType Type { get; private set; } = SegmentationType.Unigram;

    public NormalizerSpec Normalizer { get; private set; } = new();

    public NormalizerSpec Denormalizer { get; private set; } = new();

    /// <summary>Whether the dummy space and those of words stand behind them.</summary>
    public bool TreatWhitespaceAsSuffix { get; private set; }

    /// <summary>Id of the piece for what is not in the vocabulary.</summary>
    public int UnknownId { get; private set; } = -1;

    /// <summary>What stands for the unknown piece in decoded text.</summary>
    public string UnknownSurface => _unknownSurface is null ? " ⁇ " : Encoding.UTF8.GetString(_unknownSurface);

    /// <summary>The ids of the 256 byte pieces, or <see langword="null"/> where what is unknown is not spelt by its bytes.</summary>
    public IReadOnlyList<int>? ByteIds => _hasByteFallback ? _byteIds : null;

    /// <summary>The pieces that text is cut into: all but the unknown one, control symbols and bytes.</summary>
    public PieceTrie Trie { get; private set; } = null!;

    /// <summary>Reads a file.</summary>
    /// <exception cref="TokenizerFileException">There is none, or it is no sound model.</exception>
    public static SentencePieceModel Load(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            if (length > LargestFile)
            {
                throw TokenizerFileException.About(path, $"it has {length} bytes; a SentencePiece model of at most {LargestFile} is read");
            }

            var bytes = File.ReadAllBytes(path);
            return WeightStream.IsPointer(bytes)
                ? throw TokenizerFileException.About(path, "is the pointer of Git LFS and not the model: fetch it with 'git lfs pull', or download the file itself")
                : Parse(bytes, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw TokenizerFileException.About(path, $"cannot be read: {(Directory.Exists(path) ? "it is a folder" : error.Message.TrimEnd('.'))}", error);
        }
    }

    /// <summary>Reads a model from memory.</summary>
    /// <param name="bytes">The file's bytes; not to be changed afterwards.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="TokenizerFileException">It is no sound model.</exception>
    public static SentencePieceModel Parse(ReadOnlyMemory<byte> bytes, string name)
    {
        var model = new SentencePieceModel();
        try
        {
            model.Read(bytes);
            model.Check();
        }
        catch (FormatException error)
        {
            throw TokenizerFileException.About(name, $"no sound SentencePiece model: {error.Message}", error);
        }

        return model;
    }

    /// <summary>The id of a piece of any type; that of the unknown piece where there is none.</summary>
    public int IdOf(ReadOnlySpan<byte> piece)
        => _reserved.TryGetValue(Encoding.Latin1.GetString(piece), out var reserved) ? reserved : Trie.Find(piece) is >= 0 and var id ? id : UnknownId;

    /// <summary>Bytes of the longest user-defined symbol that a text begins with, or 0.</summary>
    public int UserDefinedPrefix(ReadOnlySpan<byte> text)
    {
        var (node, longest) = (PieceTrie.Root, 0);
        for (var i = 0; i < text.Length && (node = Trie.Child(node, text[i])) >= 0; i++)
        {
            if (Trie.IdAt(node) is >= 0 and var id && _pieces[id].Type == PieceType.UserDefined)
            {
                longest = i + 1;
            }
        }

        return longest;
    }

    private void Read(ReadOnlyMemory<byte> bytes)
    {
        const int PiecesField = 1, TrainerField = 2, NormalizerField = 3, DenormalizerField = 5;
        var reader = new ProtoReader(bytes.Span);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case PiecesField:
                    _pieces.Add(_pieces.Count < MostPieces ? ReadPiece(reader.Bytes()) : throw new FormatException($"there are more than {MostPieces} pieces"));
                    break;
                case TrainerField:
                    ReadTrainer(reader.Bytes());
                    break;
                case NormalizerField:
                    Normalizer = ReadNormalizer(reader.Bytes(), Normalizer);
                    break;
                case DenormalizerField:
                    Denormalizer = ReadNormalizer(reader.Bytes(), Denormalizer);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private Piece ReadPiece(ReadOnlySpan<byte> bytes)
    {
        const int TextField = 1, ScoreField = 2, TypeField = 3;
        var piece = new Piece([], 0, PieceType.Normal);
        var reader = new ProtoReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case TextField:
                    piece = piece with { Bytes = reader.Bytes().ToArray() };
                    break;
                case ScoreField:
                    piece = piece with { Score = reader.Float() };
                    break;
                case TypeField:
                    piece = piece with { Type = (PieceType)reader.Int32() };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return piece switch
        {
            { Bytes.Length: 0 or > LongestPiece } => throw new FormatException($"piece {_pieces.Count} has {piece.Bytes.Length} bytes; 1 to {LongestPiece} are possible"),
            { Type: < PieceType.Normal or > PieceType.Byte } => throw new FormatException($"piece {_pieces.Count} is of type {(int)piece.Type}; 1 to 6 are known"),
            _ when !float.IsFinite(piece.Score) => throw new FormatException($"the score of piece {_pieces.Count} is no finite number"),
            _ => piece,
        };
    }

    private void ReadTrainer(ReadOnlySpan<byte> bytes)
    {
        const int ModelType = 3, WhitespaceAsSuffix = 24, ByteFallback = 35, UnknownSurfaceField = 44;
        var reader = new ProtoReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case ModelType:
                    Type = (SegmentationType)reader.Int32();
                    break;
                case WhitespaceAsSuffix:
                    TreatWhitespaceAsSuffix = reader.Bool();
                    break;
                case ByteFallback:
                    _hasByteFallback = reader.Bool();
                    break;
                case UnknownSurfaceField:
                    _unknownSurface = reader.Bytes().ToArray();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (Type is < SegmentationType.Unigram or > SegmentationType.Char)
        {
            throw new FormatException($"the model is of type {(int)Type}; 1 (unigram), 2 (BPE), 3 (word) and 4 (char) are known");
        }
    }

    private static NormalizerSpec ReadNormalizer(ReadOnlySpan<byte> bytes, NormalizerSpec spec)
    {
        const int CharsMap = 2, AddDummyPrefix = 3, RemoveExtraWhitespaces = 4, EscapeWhitespaces = 5;
        var reader = new ProtoReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case CharsMap:
                    spec = spec with { CharsMap = reader.Bytes().ToArray() };
                    break;
                case AddDummyPrefix:
                    spec = spec with { AddDummyPrefix = reader.Bool() };
                    break;
                case RemoveExtraWhitespaces:
                    spec = spec with { RemoveExtraWhitespaces = reader.Bool() };
                    break;
                case EscapeWhitespaces:
                    spec = spec with { EscapeWhitespaces = reader.Bool() };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return spec;
    }

    /// <summary>What the format's own library demands of a vocabulary.</summary>
    private void Check()
    {
        var textPieces = new List<int>(_pieces.Count);
        Array.Fill(_byteIds, -1);
        for (var id = 0; id < _pieces.Count; id++)
        {
            var piece = _pieces[id];
            if (piece.Type is PieceType.Normal or PieceType.UserDefined or PieceType.Unused)
            {
                textPieces.Add(id);
                continue;
            }

            // Latin-1 gives every byte a character of its own, so that no two names become one.
            if (!_reserved.TryAdd(Encoding.Latin1.GetString(piece.Bytes), id))
            {
                throw new FormatException($"piece {id}, '{Encoding.UTF8.GetString(piece.Bytes)}', is there twice");
            }

            if (piece.Type == PieceType.Unknown)
            {
                UnknownId = UnknownId < 0 ? id : throw new FormatException($"pieces {UnknownId} and {id} are both the unknown one");
            }
            else if (piece.Type == PieceType.Byte)
            {
                _byteIds[_hasByteFallback ? ByteOf(piece, id) : throw new FormatException($"piece {id} is a byte, and byte_fallback is off")] = id;
            }
        }

        if (UnknownId < 0)
        {
            throw new FormatException($"none of its {_pieces.Count} pieces is the unknown one");
        }

        if (_hasByteFallback && Array.IndexOf(_byteIds, -1) is >= 0 and var missing)
        {
            throw new FormatException($"byte_fallback is on, and there is no piece <0x{missing:X2}>");
        }

        Trie = PieceTrie.Build(_pieces, textPieces);
    }

    private static int ByteOf(Piece piece, int id)
    {
        var text = Encoding.Latin1.GetString(piece.Bytes);
        return text is ['<', '0', 'x', _, _, '>'] && byte.TryParse(text.AsSpan(3, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value) && text == $"<0x{value:X2}>"
            ? value
            : throw new FormatException($"piece {id} is a byte and reads '{text}'; <0x00> to <0xFF> are possible");
    }
}
