namespace DiTFastAttn.Cli.Study;

/// <summary>A picture of the results.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Paper">Which figure of the paper it is a miniature of; <see langword="null"/> for none.</param>
/// <param name="File">Its file in the folder.</param>
/// <param name="Alt">What is to be seen, for those who do not see it.</param>
internal sealed record ImageRecord(string Id, string Title, string? Paper, string File, string Alt);
