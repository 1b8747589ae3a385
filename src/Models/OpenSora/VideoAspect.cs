namespace DiTFastAttn.Models;

/// <summary>One size of a resolution.</summary>
/// <param name="Ratio">Height over width as the tables write it.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
public sealed record VideoAspect(string Ratio, int Height, int Width);
