namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>What a piece of the vocabulary is, with the numbers of the file.</summary>
internal enum PieceType
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}
