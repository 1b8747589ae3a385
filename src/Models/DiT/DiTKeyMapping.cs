namespace DiTFastAttn.Models;

/// <summary>Where a tensor of diffusers' layout lies in Meta's.</summary>
/// <param name="Diffusers">Name in diffusers' layout.</param>
/// <param name="Meta">Name in Meta's layout.</param>
/// <param name="Rows">The rows [from, to) of Meta's tensor, or <see langword="null"/> for all of it.</param>
internal sealed record DiTKeyMapping(string Diffusers, string Meta, (int From, int To)? Rows = null);
