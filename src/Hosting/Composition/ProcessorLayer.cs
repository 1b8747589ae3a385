namespace DiTFastAttn.Hosting.Composition;

/// <summary>Something that somebody put around every strategy.</summary>
/// <param name="Wrap">Makes of a strategy's id and the strategy what stands around it.</param>
internal sealed record ProcessorLayer(Func<string, IAttentionProcessor, IServiceProvider, IAttentionProcessor> Wrap);
