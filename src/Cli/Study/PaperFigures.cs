namespace DiTFastAttn.Cli.Study;

/// <summary>The paper's own figures (arXiv 2406.08552) that results stand beside.</summary>
internal static class PaperFigures
{
    /// <summary>Table 1: what D1 to D6 leave of the attention's FLOPs, and DiT's quality of 50,000 pictures.</summary>
    public static TableRecord WithTable1(this TableRecord table) => table with
    {
        PaperColumns =
        [
            new("setting"), new("DiT-XL/2 512, attention FLOPs", "%"), new("Inception Score"), new("FID"), new("PixArt-Σ 1024, attention FLOPs", "%"), new("PixArt-Σ 2K, attention FLOPs", "%"),
        ],
        PaperRows =
        [
            ["full", 100, 408.16, 25.43, 100, 100], ["D1", 85, 412.24, 25.32, 90, 81], ["D2", 69, 412.18, 24.67, 74, 60], ["D3", 59, 411.74, 23.76, 63, 46],
            ["D4", 49, 391.80, 21.52, 52, 36], ["D5", 41, 370.07, 19.32, 44, 29], ["D6", 34, 352.20, 16.80, 37, 24],
        ],
    };

    /// <summary>Table 2: what a strategy leaves of full attention's FLOPs and latency on an A100, in percent, projections included, d = 1152.</summary>
    public static IReadOnlyList<(string Strategy, int Tokens, int Flops, int Latency)> Table2 { get; } =
    [
        ("asc", 1024, 50, 59), ("wars", 1024, 77, 85), ("wars+asc", 1024, 38, 51), ("ast", 1024, 0, 4), ("asc", 4096, 50, 54), ("wars", 4096, 51, 54),
        ("wars+asc", 4096, 26, 31), ("ast", 4096, 0, 3), ("asc", 16384, 50, 52), ("wars", 16384, 33, 35), ("wars+asc", 16384, 16, 19), ("ast", 16384, 0, 1),
    ];

    /// <summary>Puts <see cref="Table2"/> beside ours.</summary>
    /// <param name="table">Ours.</param>
    /// <param name="flopsPercent">Our count for a strategy at so many tokens.</param>
    public static TableRecord WithTable2(this TableRecord table, Func<string, int, double> flopsPercent) => table with
    {
        PaperColumns = [new("strategy"), new("tokens"), new("FLOPs", "%"), new("FLOPs by our count", "%"), new("latency on an A100", "%")],
        PaperRows = [.. Table2.Select(row => (IReadOnlyList<object?>)[row.Strategy, row.Tokens, row.Flops, Math.Round(flopsPercent(row.Strategy, row.Tokens), 1), row.Latency])],
    };

    /// <summary>Table 6: times of plan searches, which fall from the first to the last setting.</summary>
    public static TableRecord WithTable6(this TableRecord table) => table with
    {
        PaperColumns = [new("model"), new("longest"), new("shortest")],
        PaperRows = [["DiT-XL/2 512", "4 min 39 s", "3 min 14 s"], ["PixArt-Σ 1024", "22 min 2 s", "15 min 49 s"], ["PixArt-Σ 2K", "1 h 50 min", "1 h 22 min"]],
    };

    /// <summary>Latency of a picture on one A100.</summary>
    public static TableRecord WithLatencies(this TableRecord table) => table with
    {
        PaperColumns = [new("model and setting"), new("whole", "s"), new("attention", "s"), new("whole, of full", "%")],
        PaperRows =
        [
            ["PixArt-Σ 2K, full", 39.86, 27.57, 100], ["PixArt-Σ 2K, D6", 22.27, 10.13, 55.9], ["PixArt-Σ 1024, full", 12.76, null, 100], ["PixArt-Σ 1024, D6", 10.31, null, 80.8],
        ],
    };

    /// <summary>Figure 8's ends: attention FLOPs across, latency of full attention's upwards, in percent.</summary>
    public static IReadOnlyList<FigureRecord.Curve> Latencies { get; } =
    [
        new("paper, PixArt-Σ 2K, whole", [new(24, 55.9, "D6"), new(100, 100)]),
        new("paper, PixArt-Σ 2K, attention", [new(24, 36.7, "D6"), new(100, 100)]),
    ];
}
