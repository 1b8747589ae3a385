namespace DiTFastAttn.Models;

/// <summary>What was written of a video.</summary>
/// <param name="Files">The files, in order: animated PNG, contact sheet, and the MP4 where it could be made.</param>
/// <param name="Problem">Why there is no MP4, in one line; <see langword="null"/> where there is one.</param>
/// <param name="EncoderFailed">Whether the encoder was there and failed.</param>
public sealed record VideoFiles(IReadOnlyList<string> Files, string? Problem, bool EncoderFailed);
