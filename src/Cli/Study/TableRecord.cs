namespace DiTFastAttn.Cli.Study;

/// <summary>A table. Cells are texts, numbers or nothing.</summary>
/// <param name="Id">Names its file.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Paper">Which table of the paper it is a miniature of; <see langword="null"/> for none.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Rows">Its rows.</param>
internal sealed record TableRecord(
    string Id, string Title, string? Paper, IReadOnlyList<TableRecord.Column> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows)
{
    /// <summary>The paper's own columns, where it has figures that compare.</summary>
    public IReadOnlyList<Column>? PaperColumns { get; init; }

    /// <summary>The paper's own rows.</summary>
    public IReadOnlyList<IReadOnlyList<object?>>? PaperRows { get; init; }

    /// <summary>A column.</summary>
    /// <param name="Name">What is in it.</param>
    /// <param name="Unit">In what; <see langword="null"/> for texts and plain numbers.</param>
    internal sealed record Column(string Name, string? Unit = null);
}
