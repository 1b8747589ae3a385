namespace DiTFastAttn;

/// <summary>How the batch of a model call is laid out under classifier-free guidance. A property of the pipeline.</summary>
public enum Guidance
{
    /// <summary>No guidance: the batch is one half, and strategies that share between halves do not apply.</summary>
    None = 0,

    /// <summary>The first half of the batch is conditional, the second unconditional (DiT, OpenSora).</summary>
    ConditionalFirst = 1,

    /// <summary>The first half of the batch is unconditional, the second conditional (PixArt and most of diffusers).</summary>
    ConditionalLast = 2,
}
