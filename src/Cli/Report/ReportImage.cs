namespace DiTFastAttn.Cli.Report;

/// <summary>A drawing: attention maps, similarities and the like.</summary>
/// <param name="Id">Names it in a link.</param>
/// <param name="Title">What it shows.</param>
/// <param name="File">The file.</param>
/// <param name="Alt">What is seen, for who does not see it.</param>
/// <param name="Paper">Which figure of the paper it repeats.</param>
internal sealed record ReportImage(string Id, string Title, string File, string Alt, string? Paper = null);
