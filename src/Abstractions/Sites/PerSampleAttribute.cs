namespace DiTFastAttn;

/// <summary>
/// Marks a parameter of an attention site, a tensor (or none) whose first dimension is the batch: a context <c>[B, Lk, d]</c>, a mask
/// <c>[B, Lk]</c>. A strategy that computes one guidance half gets that half of it. A parameter without the mark goes to the projection as it is.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class PerSampleAttribute : Attribute;
