namespace DiTFastAttn.Cli.Report;

/// <summary>A table.</summary>
/// <param name="Id">Names it in a link and as a file.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">A <see cref="string"/>, a <see cref="double"/> or nothing for each column.</param>
/// <param name="Paper">Which table of the paper it repeats.</param>
/// <param name="PaperColumns">Columns of the paper's own figures, where they compare.</param>
/// <param name="PaperRows">The paper's own figures.</param>
internal sealed record ReportTable(
    string Id,
    string Title,
    IReadOnlyList<ReportTable.Column> Columns,
    IReadOnlyList<IReadOnlyList<object?>> Rows,
    string? Paper = null,
    IReadOnlyList<ReportTable.Column>? PaperColumns = null,
    IReadOnlyList<IReadOnlyList<object?>>? PaperRows = null)
{
    /// <summary>A column.</summary>
    internal sealed record Column(string Name, string? Unit = null)
    {
        /// <summary>Name and unit.</summary>
        public string Heading => string.IsNullOrEmpty(Unit) ? Name : $"{Name}, {Unit}";
    }
}
