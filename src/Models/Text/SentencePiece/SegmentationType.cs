namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>How a model cuts text into pieces, with the numbers of the file.</summary>
internal enum SegmentationType
{
    Unigram = 1,
    Bpe = 2,
    Word = 3,
    Char = 4,
}
