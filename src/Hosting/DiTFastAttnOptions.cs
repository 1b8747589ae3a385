namespace DiTFastAttn.Hosting;

/// <summary>Settings of <see cref="ServiceCollectionExtensions.AddDiTFastAttn"/>.</summary>
public sealed class DiTFastAttnOptions
{
    /// <summary>The window of <c>wa</c> and <c>wars</c> in plans that are made here; a plan from a file brings its own. The paper's is L/8.</summary>
    public AttentionWindow Window { get; set; } = AttentionWindow.Paper;

    /// <summary>
    /// Whether plans have columns for sub-layers that are no attention (<see cref="SubLayerSiteAttribute"/>) too, so that they can reuse whole feed-forwards. Off
    /// as in the paper; a plan of a file says whether it needs it.
    /// </summary>
    public bool SubLayers { get; set; }

    /// <summary>How runs keep residuals and outputs between steps: as they were computed, in half the bytes, in the host's memory.</summary>
    public StateStorage StateStorage { get; set; } = StateStorage.AsComputed;

    /// <summary>The kernel to compute with, or <see langword="null"/> for the fastest one that supports the tensors.</summary>
    public IAttentionKernel? Kernel { get; set; }
}
