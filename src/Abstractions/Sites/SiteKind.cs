namespace DiTFastAttn;

/// <summary>What a site's queries and keys are. Plans compress what the paper compresses unless they are told otherwise: all but
/// <see cref="Temporal"/>, <see cref="CrossAttention"/>, <see cref="Encoder"/> and <see cref="SubLayer"/>.</summary>
public enum SiteKind
{
    /// <summary>All tokens of a sample among themselves.</summary>
    SelfAttention = 0,

    /// <summary>The tokens of one frame among themselves; the batch is samples times frames, samples outermost.</summary>
    Spatial = 1,

    /// <summary>The tokens of one place over all frames; the batch is samples times places, samples outermost.</summary>
    Temporal = 2,

    /// <summary>Tokens and a context, for example of text. There is no window between them.</summary>
    CrossAttention = 3,

    /// <summary>Two streams of tokens, for example image and text, all among themselves.</summary>
    JointAttention = 4,

    /// <summary>
    /// All tokens of a sample among themselves in a model that runs once for a sample and not once for a step (text and image encoders,
    /// autoencoders): there is nothing from an earlier step to reuse.
    /// </summary>
    Encoder = 5,

    /// <summary>
    /// A sub-layer that is no attention, as a rule the feed-forward: it is computed in full or its output is reused. Not part of a plan unless the model is attached
    /// with its sub-layers.
    /// </summary>
    SubLayer = 6,
}
