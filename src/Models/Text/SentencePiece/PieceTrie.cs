using System.Text;

namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>The pieces of a vocabulary as a trie over their bytes, level by level in arrays: a node's children lie side by side in byte order.</summary>
internal sealed class PieceTrie
{
    /// <summary>The node of the empty text.</summary>
    public const int Root = 0;

    private readonly List<byte> _labels = [0];
    private readonly List<int> _ids = [-1];
    private readonly List<int> _firstChild = [];

    private PieceTrie()
    {
    }

    /// <summary>Builds a trie.</summary>
    /// <param name="pieces">The vocabulary.</param>
    /// <param name="ids">Those of it that go in.</param>
    /// <exception cref="FormatException">Two of them are equal.</exception>
    public static PieceTrie Build(IReadOnlyList<Piece> pieces, List<int> ids)
    {
        ids.Sort((a, b) => pieces[a].Bytes.AsSpan().SequenceCompareTo(pieces[b].Bytes));
        var trie = new PieceTrie();

        // Breadth first: the nodes are numbered in the order in which the queue gives them.
        var queue = new Queue<(int From, int To, int Depth)>();
        queue.Enqueue((0, ids.Count, 0));
        while (queue.TryDequeue(out var range))
        {
            var (from, to, depth) = range;
            var node = trie._firstChild.Count;
            trie._firstChild.Add(trie._labels.Count);
            if (from < to && pieces[ids[from]].Bytes.Length == depth)
            {
                trie._ids[node] = ids[from++];
                if (from < to && pieces[ids[from]].Bytes.Length == depth)
                {
                    throw new FormatException($"pieces {trie._ids[node]} and {ids[from]}, '{Encoding.UTF8.GetString(pieces[ids[from]].Bytes)}', are equal");
                }
            }

            while (from < to)
            {
                var label = pieces[ids[from]].Bytes[depth];
                var end = from + 1;
                while (end < to && pieces[ids[end]].Bytes[depth] == label)
                {
                    end++;
                }

                trie._labels.Add(label);
                trie._ids.Add(-1);
                queue.Enqueue((from, end, depth + 1));
                from = end;
            }
        }

        trie._firstChild.Add(trie._labels.Count);
        return trie;
    }

    /// <summary>The id of the piece that ends at a node, or -1.</summary>
    public int IdAt(int node) => _ids[node];

    /// <summary>The child of a node, or -1.</summary>
    public int Child(int node, byte label)
    {
        var (low, high) = (_firstChild[node], _firstChild[node + 1] - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var found = _labels[middle];
            if (found == label)
            {
                return middle;
            }

            (low, high) = found < label ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    /// <summary>The id of a piece, or -1.</summary>
    public int Find(ReadOnlySpan<byte> piece)
    {
        var node = Root;
        foreach (var next in piece)
        {
            node = Child(node, next);
            if (node < 0)
            {
                return -1;
            }
        }

        return _ids[node];
    }
}
