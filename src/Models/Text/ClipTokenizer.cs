using System.Text;
using DiTFastAttn.Models.Captions;
using DiTFastAttn.Models.Text;
using DiTFastAttn.Models.Text.Unicode;

namespace DiTFastAttn.Models;

/// <summary>
/// CLIP's tokenizer: byte pair encoding of words of bytes, each word ended by <c>&lt;/w&gt;</c>, between a start and an end token. For several
/// threads at once.
/// </summary>
public sealed class ClipTokenizer
{
    private const string Start = "<|startoftext|>";
    private const string End = "<|endoftext|>";
    private const string WordEnd = "</w>";

    private readonly ClipVocabulary _vocabulary;
    private readonly int[] _letters = new int[256];
    private readonly int[] _lastLetters = new int[256];
    private readonly Dictionary<int, string> _names;

    private ClipTokenizer(ClipVocabulary vocabulary, string path, ClipTokenizerKind kind)
    {
        _vocabulary = vocabulary;
        Kind = kind;
        StartId = vocabulary.Required(Start, path);
        EndId = vocabulary.Required(End, path);
        _names = vocabulary.Ids.GroupBy(token => token.Value).ToDictionary(group => group.Key, group => group.First().Key);
        for (var value = 0; value < 256; value++)
        {
            var letter = ByteLetters.Of((byte)value).ToString();
            _letters[value] = vocabulary.Ids.GetValueOrDefault(letter, EndId);
            _lastLetters[value] = vocabulary.Ids.GetValueOrDefault(letter + WordEnd, EndId);
        }
    }

    /// <summary>Which of the published tokenizers is followed.</summary>
    public ClipTokenizerKind Kind { get; }

    /// <summary>Id of the token before every text.</summary>
    public int StartId { get; }

    /// <summary>Id of the token behind every text, which also stands for padding and for what is unknown.</summary>
    public int EndId { get; }

    /// <summary>Reads the tokenizer of a folder: <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="kind">Which of the published tokenizers is followed.</param>
    /// <exception cref="TokenizerFileException">A file is missing or damaged.</exception>
    public static ClipTokenizer Load(string folder, ClipTokenizerKind kind = ClipTokenizerKind.Fast)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Load(Path.Combine(folder, "vocab.json"), Path.Combine(folder, "merges.txt"), kind);
    }

    /// <summary>Reads a tokenizer from its two files.</summary>
    /// <param name="vocabulary">Tokens and their ids, as JSON.</param>
    /// <param name="merges">Two tokens that become one in each line, the first line apart.</param>
    /// <param name="kind">Which of the published tokenizers is followed.</param>
    /// <exception cref="TokenizerFileException">A file is missing or damaged.</exception>
    public static ClipTokenizer Load(string vocabulary, string merges, ClipTokenizerKind kind)
        => new(ClipVocabulary.Load(vocabulary, merges), vocabulary, kind);

    /// <summary>The ids of a text, between the start and the end token.</summary>
    /// <param name="text">Any text.</param>
    public IReadOnlyList<int> Encode(string text) => [StartId, .. Tokenize(text), EndId];

    /// <summary>The ids of texts, cut off and padded to one length; start and end token stay.</summary>
    /// <param name="texts">Any texts, at least one.</param>
    /// <param name="length">Tokens of a text, both special tokens included.</param>
    /// <returns>The batch; the caller owns it. Texts that are cut off are told of in its warnings.</returns>
    public TokenBatch EncodeBatch(IReadOnlyList<string> texts, int length)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfZero(texts.Count, nameof(texts));
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        var rows = new List<IReadOnlyList<int>>(texts.Count);
        var warnings = new List<string>();
        foreach (var text in texts)
        {
            var ids = Tokenize(text);
            if (ids.Count + 2 > length)
            {
                warnings.Add(TokenBatch.CutOff(text, ids.Count + 2, length, Decode(ids.Skip(length - 2))));
                ids.RemoveRange(length - 2, ids.Count + 2 - length);
            }

            rows.Add([StartId, .. ids, EndId]);
        }

        return TokenBatch.Of(rows, length, EndId, warnings);
    }

    /// <summary>The name of a token.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public string NameOf(int id)
        => _names.TryGetValue(id, out var name) ? name : throw new ArgumentOutOfRangeException(nameof(id), id, "there is no token of that id");

    /// <summary>The text of tokens, as far as it can be told: lower case, and a space behind every word.</summary>
    /// <param name="ids">Ids of tokens; special ones are left out.</param>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var letters = string.Concat(ids.Where(id => id != StartId && id != EndId).Select(NameOf)).Replace(WordEnd, " ", StringComparison.Ordinal);
        return Encoding.UTF8.GetString([.. letters.Select(letter => ByteLetters.ByteOf(letter) ?? (byte)' ')]).TrimEnd();
    }

    private List<int> Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>();

        // The Python tokenizers look for special tokens before they clean the text, the Rust one behind that.
        var isCleanedFirst = Kind == ClipTokenizerKind.Fast;
        foreach (var part in SplitAtSpecialTokens(isCleanedFirst ? Clean(text) : text))
        {
            if (part is Start or End)
            {
                ids.Add(part == Start ? StartId : EndId);
                continue;
            }

            foreach (var word in ClipWords.Split(isCleanedFirst ? part : Clean(part), Kind is ClipTokenizerKind.SlowFtfy or ClipTokenizerKind.SlowNoFtfy))
            {
                if (word is Start or End)
                {
                    ids.Add(word == Start ? StartId : EndId);
                }
                else
                {
                    AddWord(word, ids);
                }
            }
        }

        return ids;
    }

    private string Clean(string text) => Kind switch
    {
        ClipTokenizerKind.SlowFtfy => PythonLower.Of(Nfc.Normalize(TextRepair.Of(text))),
        ClipTokenizerKind.SlowNoFtfy => ClipWords.CleanAsBert(text),
        _ => PythonText.LowerEach(Nfc.Normalize(text)),
    };

    private static IEnumerable<string> SplitAtSpecialTokens(string text)
    {
        var start = 0;
        while (start < text.Length)
        {
            var (first, second) = (text.IndexOf(Start, start, StringComparison.Ordinal), text.IndexOf(End, start, StringComparison.Ordinal));
            var at = first < 0 || (second >= 0 && second < first) ? second : first;
            if (at < 0)
            {
                yield return text[start..];
                yield break;
            }

            if (at > start)
            {
                yield return text[start..at];
            }

            var token = at == first ? Start : End;
            yield return token;
            start = at + token.Length;
        }
    }

    /// <summary>Byte pair encoding of one word: the merge that comes first in the list is made first, the leftmost of equal ones.</summary>
    private void AddWord(string word, List<int> ids)
    {
        var bytes = Encoding.UTF8.GetBytes(word);
        var symbols = new List<(int Id, int Previous, int Next)>(bytes.Length);
        for (var i = 0; i < bytes.Length; i++)
        {
            var isLast = i == bytes.Length - 1;
            symbols.Add(((isLast ? _lastLetters : _letters)[bytes[i]], i - 1, isLast ? -1 : i + 1));
        }

        var candidates = new PriorityQueue<(int Left, int Right, int LeftId, int RightId, int Merged), (int Rank, int Left)>();
        for (var i = 1; i < symbols.Count; i++)
        {
            Propose(i - 1, i);
        }

        const int Gone = -1;
        while (candidates.TryDequeue(out var merge, out _))
        {
            var (left, right) = (symbols[merge.Left], symbols[merge.Right]);
            if (left.Id != merge.LeftId || right.Id != merge.RightId || left.Next != merge.Right)
            {
                continue; // One of the two has become part of another token since.
            }

            symbols[merge.Left] = (merge.Merged, left.Previous, right.Next);
            symbols[merge.Right] = (Gone, Gone, Gone);
            if (right.Next >= 0)
            {
                symbols[right.Next] = symbols[right.Next] with { Previous = merge.Left };
                Propose(merge.Left, right.Next);
            }

            if (left.Previous >= 0)
            {
                Propose(left.Previous, merge.Left);
            }
        }

        for (var i = 0; i >= 0; i = symbols[i].Next)
        {
            ids.Add(symbols[i].Id);
        }

        void Propose(int left, int right)
        {
            var (leftId, rightId) = (symbols[left].Id, symbols[right].Id);
            if (_vocabulary.Merge(leftId, rightId) is var (rank, merged))
            {
                candidates.Enqueue((left, right, leftId, rightId, merged), (rank, left));
            }
        }
    }
}
