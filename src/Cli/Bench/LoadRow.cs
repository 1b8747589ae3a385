namespace DiTFastAttn.Cli.Bench;

/// <summary>One measurement of <c>bench load</c>.</summary>
/// <param name="File">What was loaded.</param>
/// <param name="To">Element type of the tensors that were loaded into.</param>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="SecondsMin">Shortest time from opening to the last tensor.</param>
/// <param name="SecondsMedian">Median of these times.</param>
/// <param name="PlainSecondsMin">Shortest time of reading the file's bytes and nothing else, in the same run.</param>
/// <param name="RatioToPlainRead">Speed as a share of the plain read's.</param>
/// <param name="ExtraMemoryBytes">The most memory that was taken besides the tensors loaded into.</param>
internal sealed record LoadRow(
    string File, string To, long Bytes, double SecondsMin, double SecondsMedian, double PlainSecondsMin, double RatioToPlainRead, long ExtraMemoryBytes);
