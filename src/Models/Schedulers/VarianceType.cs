namespace DiTFastAttn.Models;

/// <summary>The variance of the noise that DDPM adds in a step.</summary>
public enum VarianceType
{
    /// <summary>The posterior's (<c>fixed_small</c>).</summary>
    FixedSmall = 0,

    /// <summary>The posterior's, by way of its logarithm (<c>fixed_small_log</c>).</summary>
    FixedSmallLog = 1,

    /// <summary>β (<c>fixed_large</c>).</summary>
    FixedLarge = 2,

    /// <summary>The model's own (<c>learned</c>).</summary>
    Learned = 3,

    /// <summary>Between the posterior's and β, as the model says (<c>learned_range</c>).</summary>
    LearnedRange = 4,
}
