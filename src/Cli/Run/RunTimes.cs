namespace DiTFastAttn.Cli.Run;

/// <summary>Seconds of one batch of pictures, split as the paper does.</summary>
/// <param name="Whole">All of it, decoding included.</param>
/// <param name="Transformer">Calls of the transformer.</param>
/// <param name="Attention">Attention sites in them, projections included.</param>
internal sealed record RunTimes(double Whole, double Transformer, double Attention)
{
    /// <summary>Scheduler, guidance and decoding.</summary>
    public double Other => Whole - Transformer;
}
