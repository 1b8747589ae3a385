using System.Runtime.InteropServices;

namespace DiTFastAttn.Models;

/// <summary>One group of a <see cref="MaskStrategy"/>: frames of a reference that a clip is given.</summary>
/// <param name="Loop">The loop that it is for, from 0.</param>
/// <param name="Reference">Index of the reference; a negative one counts from the end.</param>
/// <param name="ReferenceStart">First frame of the reference; a negative one counts from the end.</param>
/// <param name="TargetStart">First frame of the clip; a negative one counts from the end.</param>
/// <param name="Length">Frames.</param>
/// <param name="EditRatio">The frames' mask: 0 keeps them, 1 makes them anew.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct MaskEdit(int Loop, int Reference, int ReferenceStart, int TargetStart, int Length, float EditRatio);
