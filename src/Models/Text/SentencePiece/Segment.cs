using System.Runtime.InteropServices;

namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>A part of normalised text and the piece that it is.</summary>
/// <param name="Start">First byte.</param>
/// <param name="Length">Bytes, at least one.</param>
/// <param name="Id">The piece.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Segment(int Start, int Length, int Id);
