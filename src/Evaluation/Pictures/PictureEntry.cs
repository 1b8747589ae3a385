namespace DiTFastAttn.Evaluation;

/// <summary>One picture of a set.</summary>
/// <param name="Name">Its path inside the set, with slashes.</param>
/// <param name="Bytes">Its file's size.</param>
/// <param name="Class">The class whose folder it lies in.</param>
/// <param name="Caption">What it shows, where the set says it.</param>
public sealed record PictureEntry(string Name, long Bytes, string? Class = null, string? Caption = null);
