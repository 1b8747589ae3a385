namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>Byte pair encoding (Sennrich et al. 2016, arXiv 1508.07909): from characters on, the neighbours whose merge scores highest become one piece.</summary>
internal sealed class BpeSegmenter
{
    private readonly SentencePieceModel _model;
    private readonly Func<ReadOnlyMemory<byte>, int> _userDefinedPrefix;

    /// <summary>Makes a segmenter.</summary>
    /// <param name="model">The vocabulary.</param>
    /// <param name="userDefinedPrefix">The length of the user-defined symbol that a text begins with, or 0.</param>
    public BpeSegmenter(SentencePieceModel model, Func<ReadOnlyMemory<byte>, int> userDefinedPrefix)
    {
        _model = model;
        _userDefinedPrefix = userDefinedPrefix;
    }

    /// <summary>Cuts normalised UTF-8 text.</summary>
    public List<Segment> Segment(ReadOnlyMemory<byte> text)
    {
        var symbols = Split(text);
        var splits = new Dictionary<(int Start, int Length), int>();
        var candidates = new PriorityQueue<Merge, (float Score, int Left)>(HighestFirst.Instance);
        for (var i = 1; i < symbols.Count; i++)
        {
            Propose(i - 1, i);
        }

        while (candidates.TryDequeue(out var merge, out _))
        {
            var (left, right) = (symbols[merge.Left], symbols[merge.Right]);
            if (left.Length == 0 || right.Length == 0 || left.Length + right.Length != merge.Length)
            {
                continue; // One of the two has become part of another piece since.
            }

            symbols[merge.Left] = left with { Length = merge.Length, Next = right.Next };
            symbols[merge.Right] = right with { Length = 0 };
            if (right.Next >= 0)
            {
                symbols[right.Next] = symbols[right.Next] with { Previous = merge.Left };
            }

            Propose(left.Previous, merge.Left);
            Propose(merge.Left, right.Next);
        }

        var segments = new List<Segment>();
        for (var i = symbols.Count > 0 ? 0 : -1; i >= 0; i = symbols[i].Next)
        {
            Resolve(symbols[i].Start, symbols[i].Length);
        }

        return segments;

        void Propose(int left, int right)
        {
            if (left < 0 || right < 0 || symbols[left].IsFrozen || symbols[right].IsFrozen)
            {
                return;
            }

            var (start, length) = (symbols[left].Start, symbols[left].Length + symbols[right].Length);
            var id = _model.Trie.Find(text.Span.Slice(start, length));
            if (id < 0)
            {
                return;
            }

            candidates.Enqueue(new Merge(left, right, length), (_model.Pieces[id].Score, left));
            if (_model.Pieces[id].Type == PieceType.Unused)
            {
                splits[(start, length)] = symbols[left].Length;
            }
        }

        // A piece that is only a step towards others is taken apart again.
        void Resolve(int start, int length)
        {
            var id = _model.IdOf(text.Span.Slice(start, length));
            if (_model.Pieces[id].Type == PieceType.Unused && splits.TryGetValue((start, length), out var first))
            {
                Resolve(start, first);
                Resolve(start + first, length - first);
                return;
            }

            segments.Add(new Segment(start, length, id));
        }
    }

    private List<Symbol> Split(ReadOnlyMemory<byte> text)
    {
        var symbols = new List<Symbol>(text.Length);
        for (var start = 0; start < text.Length;)
        {
            var frozen = _userDefinedPrefix(text[start..]);
            var length = frozen > 0 ? frozen : Utf8.CharLength(text.Span[start..]);
            var index = symbols.Count;
            symbols.Add(new Symbol(start, length, index - 1, start + length < text.Length ? index + 1 : -1, frozen > 0));
            start += length;
        }

        return symbols;
    }

    private readonly record struct Merge(int Left, int Right, int Length);

    private readonly record struct Symbol(int Start, int Length, int Previous, int Next, bool IsFrozen);

    private sealed class HighestFirst : IComparer<(float Score, int Left)>
    {
        public static readonly HighestFirst Instance = new();

        public int Compare((float Score, int Left) x, (float Score, int Left) y)
            => x.Score != y.Score ? y.Score.CompareTo(x.Score) : x.Left.CompareTo(y.Left);
    }
}
