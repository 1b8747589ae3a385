using DiTFastAttn.Hosting.Plans;

namespace DiTFastAttn.Cli.Run;

/// <summary>What the paper's programs write as JSON. Times are seconds of one batch of pictures, or of one video.</summary>
/// <param name="Model">The model's folder.</param>
/// <param name="Plan">The plan's file, or how it was named; nothing for full attention.</param>
/// <param name="SearchSeconds">What the search took; 0 without one.</param>
/// <param name="Batch">Pictures of the batch that was timed.</param>
/// <param name="Latency">The whole batch, decoding included.</param>
/// <param name="TransformerLatency">Calls of the transformer.</param>
/// <param name="AttentionLatency">Attention sites in them, projections included.</param>
/// <param name="OtherLatency">Scheduler, guidance and decoding.</param>
/// <param name="Full">The same with full attention everywhere.</param>
/// <param name="AttentionFlopsPercent">Attention multiply-accumulates of the searched sites that are left.</param>
/// <param name="MaxMemoryBytes">Most memory of the process.</param>
/// <param name="Metrics">Quality against the pictures of full attention: <c>psnr</c> in dB and <c>ssim</c>, means over the batch.</param>
/// <param name="Pictures">Folder of the pictures for the evaluation; nothing where none were drawn.</param>
internal sealed record RunResult(
    string Model, string? Plan, double SearchSeconds, int Batch, double Latency, double TransformerLatency, double AttentionLatency, double OtherLatency, RunTimes? Full,
    double AttentionFlopsPercent, long MaxMemoryBytes, IReadOnlyDictionary<string, double> Metrics, string? Pictures)
{
    /// <summary>Residuals and kept outputs of the batch; nothing where the program does not tell.</summary>
    public PlanMemory? CacheMemory { get; init; }

    /// <summary>The command line that makes it again.</summary>
    public string? Command { get; init; }

    /// <summary>Where it was measured.</summary>
    public EnvironmentRecord? Environment { get; init; }
}
