namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>A piece of the vocabulary: its UTF-8 bytes, score (log probability, or minus the rank of a merge) and type.</summary>
internal sealed record Piece(byte[] Bytes, float Score, PieceType Type);
