using System.Text;
using DiTFastAttn.Models.Text.SentencePiece;

namespace DiTFastAttn.Models;

/// <summary>
/// Cuts text into the pieces of a SentencePiece model (Kudo and Richardson 2018, arXiv 1808.06226) and back: unigram, BPE, word and character
/// models, each with the normaliser, the user-defined symbols and the byte fallback of its own file. For several threads at once.
/// </summary>
public sealed class SentencePieceProcessor
{
    private readonly SentencePieceModel _model;
    private readonly SentencePieceNormalizer _normalizer;
    private readonly SentencePieceNormalizer? _denormalizer;
    private readonly bool _hasUserDefined;
    private readonly UnigramSegmenter _unigram;
    private readonly BpeSegmenter _bpe;

    private SentencePieceProcessor(SentencePieceModel model, string name)
    {
        _model = model;
        _hasUserDefined = model.Pieces.Any(piece => piece.Type == PieceType.UserDefined);
        try
        {
            _normalizer = new SentencePieceNormalizer(model.Normalizer, UserDefinedPrefix, model.TreatWhitespaceAsSuffix);
            _denormalizer = model.Denormalizer.CharsMap.IsEmpty ? null : new SentencePieceNormalizer(model.Denormalizer, null, isSuffix: false);
        }
        catch (FormatException error)
        {
            throw TokenizerFileException.About(name, $"no sound SentencePiece model: {error.Message}", error);
        }

        _unigram = new UnigramSegmenter(model);
        _bpe = new BpeSegmenter(model, UserDefinedPrefix);
    }

    /// <summary>Pieces in the vocabulary; ids are 0 and on.</summary>
    public int PieceCount => _model.Pieces.Count;

    /// <summary>Id of what is not in the vocabulary.</summary>
    public int UnknownId => _model.UnknownId;

    internal SentencePieceModel Model => _model;

    internal SentencePieceNormalizer Normalizer => _normalizer;

    /// <summary>Reads a model file (<c>spiece.model</c>).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="TokenizerFileException">There is none, or it is no sound model.</exception>
    public static SentencePieceProcessor Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new SentencePieceProcessor(SentencePieceModel.Load(path), path);
    }

    /// <summary>Reads a model from memory.</summary>
    /// <param name="bytes">The file's bytes; not to be changed afterwards.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="TokenizerFileException">It is no sound model.</exception>
    public static SentencePieceProcessor Parse(ReadOnlyMemory<byte> bytes, string name) => new(SentencePieceModel.Parse(bytes, name), name);

    /// <summary>The id of a piece by its name, control symbols too; <see cref="UnknownId"/> where there is none.</summary>
    /// <param name="piece">The piece, spaces as U+2581.</param>
    public int IdOf(string piece) => _model.IdOf(Encoding.UTF8.GetBytes(piece));

    /// <summary>The name of a piece.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such piece.</exception>
    public string PieceOf(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, PieceCount);
        return Encoding.UTF8.GetString(_model.Pieces[id].Bytes);
    }

    /// <summary>What a text becomes before it is cut.</summary>
    /// <param name="text">Any text; a lone half of a surrogate pair counts as U+FFFD.</param>
    /// <returns>The text with spaces as U+2581, where the model does so.</returns>
    public string Normalize(string text) => Encoding.UTF8.GetString(_normalizer.Normalize(Encoding.UTF8.GetBytes(text), _model.Normalizer.AddDummyPrefix));

    /// <summary>Cuts a text into pieces. No token is added for its beginning or end.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The tokens; none for an empty text. Unknown characters side by side are one, or are spelt by their bytes where the model does so.</returns>
    public IReadOnlyList<SentencePieceToken> Encode(string text) => Encode(text, _model.Normalizer.AddDummyPrefix);

    /// <summary>The text of tokens.</summary>
    /// <param name="ids">Ids of pieces.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no piece of such an id.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        var bytes = new List<byte>();
        var expectsSpace = _model.Normalizer.AddDummyPrefix || _model.Normalizer.RemoveExtraWhitespaces;
        foreach (var id in ids)
        {
            var name = PieceOf(id);
            var type = _model.Pieces[id].Type;
            if (type == PieceType.Byte)
            {
                bytes.Add(Convert.ToByte(name[3..5], 16));
                continue;
            }

            FlushBytes();
            expectsSpace &= text.Length == 0;
            switch (type)
            {
                case PieceType.Control:
                    break;
                case PieceType.Unknown:
                    text.Append(_model.UnknownSurface);
                    break;
                default:
                    if (expectsSpace && name.StartsWith('▁'))
                    {
                        name = name[1..];
                        expectsSpace = _model.Normalizer.RemoveExtraWhitespaces;
                    }

                    text.Append(name.Replace('▁', ' '));
                    break;
            }
        }

        FlushBytes();
        return _denormalizer is null
            ? text.ToString()
            : Encoding.UTF8.GetString(_denormalizer.Normalize(Encoding.UTF8.GetBytes(text.ToString()), _model.Denormalizer.AddDummyPrefix));

        void FlushBytes()
        {
            text.Append(Utf8.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes)));
            bytes.Clear();
        }
    }

    /// <summary>Cuts a text with or without the dummy space, whatever the model says.</summary>
    internal IReadOnlyList<SentencePieceToken> Encode(string text, bool addDummyPrefix)
        => Segment(_normalizer.Normalize(Encoding.UTF8.GetBytes(text), addDummyPrefix));

    /// <summary>Cuts text that is normalised already.</summary>
    internal List<SentencePieceToken> Segment(byte[] normalized)
    {
        var tokens = new List<SentencePieceToken>();
        var isPreviousUnknown = false;
        foreach (var segment in Segments(normalized))
        {
            var covered = normalized.AsSpan(segment.Start, segment.Length);
            var isUnknown = segment.Id == _model.UnknownId;
            if (isUnknown && _model.ByteIds is { } byteIds)
            {
                foreach (var next in covered)
                {
                    tokens.Add(new SentencePieceToken(byteIds[next], PieceOf(byteIds[next])));
                }
            }
            else if (isUnknown && isPreviousUnknown)
            {
                tokens[^1] = new SentencePieceToken(segment.Id, tokens[^1].Text + Encoding.UTF8.GetString(covered));
            }
            else
            {
                tokens.Add(new SentencePieceToken(segment.Id, Encoding.UTF8.GetString(covered)));
            }

            isPreviousUnknown = isUnknown;
        }

        return tokens;
    }

    private List<Segment> Segments(byte[] normalized) => _model.Type switch
    {
        SegmentationType.Unigram => _unigram.Segment(normalized),
        SegmentationType.Bpe => _bpe.Segment(normalized),
        SegmentationType.Word => Cut(normalized, WordLength),
        _ => Cut(normalized, text => UserDefinedPrefix(text) is > 0 and var symbol ? symbol : Utf8.CharLength(text.Span)),
    };

    private List<Segment> Cut(byte[] normalized, Func<ReadOnlyMemory<byte>, int> length)
    {
        var segments = new List<Segment>();
        for (var start = 0; start < normalized.Length; start += segments[^1].Length)
        {
            var count = length(normalized.AsMemory(start));
            segments.Add(new Segment(start, count, _model.IdOf(normalized.AsSpan(start, count))));
        }

        return segments;
    }

    private static int WordLength(ReadOnlyMemory<byte> text)
    {
        var first = Utf8.CharLength(text.Span);
        return text.Span[first..].IndexOf(Utf8.Space) is >= 0 and var next ? first + next : text.Length;
    }

    /// <summary>Bytes of the user-defined symbol that a text begins with, or 0.</summary>
    private int UserDefinedPrefix(ReadOnlyMemory<byte> text) => _hasUserDefined ? _model.UserDefinedPrefix(text.Span) : 0;
}
