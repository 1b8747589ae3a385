using System.Globalization;
using System.Text;
using DiTFastAttn.Models.Text;
using DiTFastAttn.Models.Text.SentencePiece;

namespace DiTFastAttn.Models;

/// <summary>
/// T5's tokenizer: a SentencePiece model with sentinels <c>&lt;extra_id_0&gt;</c> and on behind its vocabulary, and an end token behind every text.
/// For several threads at once.
/// </summary>
public sealed class T5Tokenizer
{
    /// <summary>Sentinels that the published models have.</summary>
    public const int DefaultExtraIds = 100;

    private const string End = "</s>";
    private const string Padding = "<pad>";
    private const string Unknown = "<unk>";
    private const string Sentinel = "<extra_id_";

    private readonly SentencePieceProcessor _processor;
    private readonly bool _addsDummyPrefix;

    /// <summary>Makes a tokenizer.</summary>
    /// <param name="processor">The SentencePiece model.</param>
    /// <param name="kind">Which of the published tokenizers is followed.</param>
    /// <param name="extraIds">Number of sentinels.</param>
    /// <exception cref="TokenizerFileException">The model has no end token.</exception>
    public T5Tokenizer(SentencePieceProcessor processor, T5TokenizerKind kind = T5TokenizerKind.SlowLegacy, int extraIds = DefaultExtraIds)
        : this(processor, kind, extraIds, "SentencePiece model")
    {
    }

    private T5Tokenizer(SentencePieceProcessor processor, T5TokenizerKind kind, int extraIds, string name)
    {
        ArgumentNullException.ThrowIfNull(processor);
        ArgumentOutOfRangeException.ThrowIfNegative(extraIds);
        _processor = processor;
        _addsDummyPrefix = kind != T5TokenizerKind.SlowNonLegacy && processor.Model.Normalizer.AddDummyPrefix;
        Kind = kind;
        ExtraIds = extraIds;
        EndId = processor.IdOf(End);
        PaddingId = processor.IdOf(Padding);
        if (EndId == processor.UnknownId || PaddingId == processor.UnknownId)
        {
            throw TokenizerFileException.About(name, $"it has no piece {(EndId == processor.UnknownId ? End : Padding)}, which T5's has");
        }
    }

    /// <summary>Which of the published tokenizers is followed.</summary>
    public T5TokenizerKind Kind { get; }

    /// <summary>Number of sentinels.</summary>
    public int ExtraIds { get; }

    /// <summary>Ids are 0 to this, less one; a model's table may have more rows.</summary>
    public int VocabularySize => _processor.PieceCount + ExtraIds;

    /// <summary>Id of the token that ends a text.</summary>
    public int EndId { get; }

    /// <summary>Id of the token that fills up a batch.</summary>
    public int PaddingId { get; }

    /// <summary>Reads the tokenizer that a folder describes: <c>spiece.model</c>, and <c>tokenizer_config.json</c> where it is there.</summary>
    /// <param name="folder">The folder, for example <c>tokenizer</c> of a pipeline.</param>
    /// <param name="kind">Which of the published tokenizers is followed; what the configuration's <c>legacy</c> says where it is <see langword="null"/>.</param>
    /// <exception cref="TokenizerFileException">A file is missing or damaged.</exception>
    public static T5Tokenizer Load(string folder, T5TokenizerKind? kind = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(folder, "spiece.model");
        if (!File.Exists(path))
        {
            throw TokenizerFileException.About(path, Directory.Exists(folder) ? "the folder has no such file; T5's tokenizer is read from it" : "there is no such folder");
        }

        var (extraIds, isLegacy) = ReadConfig(Path.Combine(folder, "tokenizer_config.json"));
        return new T5Tokenizer(
            SentencePieceProcessor.Load(path), kind ?? (isLegacy ? T5TokenizerKind.SlowLegacy : T5TokenizerKind.SlowNonLegacy), extraIds, path);
    }

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addEnd">Whether the end token is put behind it.</param>
    /// <returns>Ids; just the end token for an empty text.</returns>
    public IReadOnlyList<int> Encode(string text, bool addEnd = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = Tokenize(text);
        if (addEnd)
        {
            AppendEnd(ids);
        }

        return ids;
    }

    /// <summary>The ids of texts, cut off and padded to one length.</summary>
    /// <param name="texts">Any texts, at least one.</param>
    /// <param name="length">Tokens of a text, its end token included.</param>
    /// <returns>The batch; the caller owns it. Texts that are cut off are told of in its warnings.</returns>
    public TokenBatch EncodeBatch(IReadOnlyList<string> texts, int length)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfZero(texts.Count, nameof(texts));
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        var rows = new List<IReadOnlyList<int>>(texts.Count);
        var warnings = new List<string>();
        foreach (var text in texts)
        {
            var ids = Tokenize(text);
            if (ids.Count + 1 > length)
            {
                // An end token that stands in the text is the text's end; one for it is counted all the same, as the published tokenizer does.
                var rest = ids[(length - 1)..];
                if (rest is not [var only] || only != EndId)
                {
                    warnings.Add(TokenBatch.CutOff(text, ids.Count + 1, length, Decode(rest)));
                }

                ids.RemoveRange(length - 1, rest.Count);
            }

            AppendEnd(ids);
            rows.Add(ids);
        }

        return TokenBatch.Of(rows, length, PaddingId, warnings);
    }

    /// <summary>The name of a token.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public string PieceOf(int id)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, VocabularySize);
        return id < _processor.PieceCount
            ? _processor.PieceOf(id)
            : string.Create(CultureInfo.InvariantCulture, $"{Sentinel}{VocabularySize - 1 - id}>");
    }

    private static (int ExtraIds, bool IsLegacy) ReadConfig(string path)
    {
        const int MostExtraIds = 1 << 16;
        if (!File.Exists(path))
        {
            return (DefaultExtraIds, true);
        }

        try
        {
            using var config = ConfigJson.Parse(ModelFolder.ReadText(Path.GetDirectoryName(path)!, Path.GetFileName(path)), "T5 tokenizer");
            var extraIds = config.Int("extra_ids", DefaultExtraIds);
            return extraIds is >= 0 and <= MostExtraIds
                ? (extraIds, config.Bool("legacy", otherwise: true))
                : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"extra_ids is {extraIds}; it has to be 0 to {MostExtraIds}."));
        }
        catch (Exception error) when (error is FormatException or WeightFileException)
        {
            throw TokenizerFileException.About(path, error.Message.TrimEnd('.'), error);
        }
    }

    private void AppendEnd(List<int> ids)
    {
        // The Rust tokenizers add one even behind an end token that stands in the text.
        if (Kind is T5TokenizerKind.Fast or T5TokenizerKind.Version5 || ids is not [.., var last] || last != EndId)
        {
            ids.Add(EndId);
        }
    }

    private List<int> Tokenize(string text)
    {
        var ids = new List<int>();
        if (text.Length == 0)
        {
            return ids;
        }

        var isNonLegacy = Kind == T5TokenizerKind.SlowNonLegacy;
        var isSecondSpecial = false;
        foreach (var part in SplitAtSpecialTokens(isNonLegacy ? "▁" + text.Replace('▁', ' ') : text))
        {
            if (part.Id is { } id)
            {
                isSecondSpecial |= ids.Count == 1;
                ids.Add(id);
            }
            else if (part.Text.Length > 0)
            {
                ids.AddRange(TokenizePlain(part.Text));
            }
        }

        // The dummy space alone, where the text begins with a special token.
        if (isNonLegacy && isSecondSpecial && ids[0] == _processor.IdOf("▁"))
        {
            ids.RemoveAt(0);
        }

        return ids;
    }

    private IEnumerable<int> TokenizePlain(string text) => Kind switch
    {
        T5TokenizerKind.SlowLegacy => _processor.Encode(text, _addsDummyPrefix).Select(token => token.Id),
        T5TokenizerKind.SlowNonLegacy => TokenizeWithoutPrefix(text),
        _ => FastNormalizer.Words(_processor.Normalizer.Map, text, splitsAtAnySpace: Kind == T5TokenizerKind.Version5)
            .SelectMany(word => _processor.Segment(Encoding.UTF8.GetBytes(word))).Select(token => token.Id),
    };

    /// <summary>SentencePiece drops spaces at the beginning of a text: a known text is put before them, and its tokens are taken off again.</summary>
    private IEnumerable<int> TokenizeWithoutPrefix(string text)
    {
        var isAtSpace = text[0] is '▁' or ' ';
        var tokens = _processor.Encode(isAtSpace ? Unknown + text : text, addDummyPrefix: false).Select(token => token.Id);
        return isAtSpace ? tokens.Skip(_processor.Encode(Unknown, addDummyPrefix: false).Count) : tokens;
    }

    /// <summary>Text between special tokens, and the ids of these; sentinels take the spaces around them along.</summary>
    private List<(string Text, int? Id)> SplitAtSpecialTokens(string text)
    {
        var parts = new List<(string Text, int? Id)>();
        var start = 0;
        var stripsNext = false;
        for (var at = text.IndexOf('<'); at >= 0; at = text.IndexOf('<', at))
        {
            if (SpecialAt(text, at, out var length) is not { } id)
            {
                at++;
                continue;
            }

            var isSentinel = id >= _processor.PieceCount;
            AddText(text[start..at], isSentinel);
            parts.Add(("", id));
            at += length;
            (start, stripsNext) = (at, isSentinel);
        }

        AddText(text[start..], stripsEnd: false);
        return parts;

        void AddText(string between, bool stripsEnd)
        {
            between = stripsNext ? PythonText.StripStart(between) : between;
            parts.Add((stripsEnd ? PythonText.StripEnd(between) : between, null));
        }
    }

    private int? SpecialAt(string text, int start, out int length)
    {
        foreach (var (name, id) in (ReadOnlySpan<(string, int)>)[(End, EndId), (Padding, PaddingId), (Unknown, _processor.UnknownId)])
        {
            if (string.CompareOrdinal(text, start, name, 0, name.Length) == 0)
            {
                length = name.Length;
                return id;
            }
        }

        length = 0;
        if (string.CompareOrdinal(text, start, Sentinel, 0, Sentinel.Length) != 0)
        {
            return null;
        }

        var digits = start + Sentinel.Length;
        var end = text.IndexOf('>', digits, Math.Min(8, text.Length - digits));
        if (end < 0
            || !int.TryParse(text.AsSpan(digits, end - digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number >= ExtraIds
            || (text[digits] == '0' && end - digits > 1))
        {
            return null;
        }

        length = end + 1 - start;
        return VocabularySize - 1 - number;
    }

    private string Decode(List<int> ids) => _processor.Decode(ids.Where(id => id < _processor.PieceCount));
}
