namespace DiTFastAttn.Evaluation;

/// <summary>Where the small constant stands that keeps features of length 0 from dividing by it.</summary>
public enum LpipsEpsilon
{
    /// <summary>f / (√Σf² + 1e-10), of the package lpips.</summary>
    Lpips,

    /// <summary>f / √(1e-8 + Σf²), of torchmetrics.</summary>
    Torchmetrics,
}
