namespace DiTFastAttn.Models;

/// <summary>One token of a text.</summary>
/// <param name="Id">Its number in the vocabulary.</param>
/// <param name="Text">The normalised text that it covers, spaces as U+2581; the piece's name where it stands for a byte.</param>
public sealed record SentencePieceToken(int Id, string Text);
