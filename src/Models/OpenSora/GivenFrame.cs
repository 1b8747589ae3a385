using System.Runtime.InteropServices;

namespace DiTFastAttn.Models;

/// <summary>A frame of a clip that a reference gives.</summary>
/// <param name="Target">The clip's frame.</param>
/// <param name="Reference">Index of the reference.</param>
/// <param name="Frame">The reference's frame.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GivenFrame(int Target, int Reference, int Frame);
