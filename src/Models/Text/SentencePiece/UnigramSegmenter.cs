namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>
/// The likeliest way to cut a text under a unigram language model (Kudo 2018, arXiv 1804.10959), by Viterbi's algorithm over its bytes.
/// </summary>
internal sealed class UnigramSegmenter
{
    private const float UnknownPenalty = 10;

    private readonly SentencePieceModel _model;
    private readonly float _unknownScore;
    private readonly float _maxScore;

    public UnigramSegmenter(SentencePieceModel model)
    {
        _model = model;
        var normal = model.Pieces.Where(piece => piece.Type == PieceType.Normal).Select(piece => piece.Score).DefaultIfEmpty(0).ToList();
        _unknownScore = normal.Min() - UnknownPenalty;
        _maxScore = Math.Max(normal.Max(), MinNormalFloat);
    }

    // The reference begins its maximum there.
    private static float MinNormalFloat => 1.17549435e-38f;

    /// <summary>Cuts normalised UTF-8 text; each unknown character is a segment of its own.</summary>
    public List<Segment> Segment(ReadOnlySpan<byte> text)
    {
        // What ends at each byte: the best last piece, where it starts, and the score of all up to there, in float32 as the reference keeps it.
        var best = new (int Id, int Start, float Score)[text.Length + 1];
        Array.Fill(best, (0, -1, 0));
        for (var start = 0; start < text.Length;)
        {
            var before = best[start].Score;
            var charLength = Utf8.CharLength(text[start..]);
            var hasSingle = false;
            var node = PieceTrie.Root;
            for (var end = start; end < text.Length && (node = _model.Trie.Child(node, text[end])) >= 0;)
            {
                end++;
                var id = _model.Trie.IdAt(node);
                if (id < 0 || _model.Pieces[id].Type == PieceType.Unused)
                {
                    continue;
                }

                var length = end - start;
                Offer(ref best[end], id, start, Score(id, length) + before);
                hasSingle |= length == charLength;
            }

            if (!hasSingle)
            {
                Offer(ref best[start + charLength], _model.UnknownId, start, _unknownScore + before);
            }

            start += charLength;
        }

        var segments = new List<Segment>();
        for (var end = text.Length; end > 0; end = best[end].Start)
        {
            segments.Add(new Segment(best[end].Start, end - best[end].Start, best[end].Id));
        }

        segments.Reverse();
        return segments;
    }

    private static void Offer(ref (int Id, int Start, float Score) best, int id, int start, double score)
    {
        if (best.Start < 0 || score > best.Score)
        {
            best = (id, start, (float)score);
        }
    }

    /// <summary>User-defined symbols outweigh whatever else their text could be.</summary>
    private double Score(int id, int length)
        => _model.Pieces[id].Type == PieceType.UserDefined ? (length * _maxScore) - 0.1 : _model.Pieces[id].Score;
}
