namespace DiTFastAttn.Models;

/// <summary>Where a tensor of diffusers' layout lies in the authors' own.</summary>
/// <param name="Diffusers">Name in diffusers' layout.</param>
/// <param name="Original">Name in the authors' layout.</param>
/// <param name="Rows">The rows [from, to) of the authors' tensor, or <see langword="null"/> for all of it.</param>
internal sealed record KeyMapping(string Diffusers, string Original, (int From, int To)? Rows = null);
