using System.Globalization;

namespace DiTFastAttn.Models;

/// <summary>A resolution and the sizes that it comes in.</summary>
/// <param name="Name">For example <c>240p</c>.</param>
/// <param name="Pixels">Pixels of a frame, about; 0 where the table does not say.</param>
/// <param name="Aspects">The sizes, in the reference's order.</param>
public sealed record VideoResolution(string Name, int Pixels, IReadOnlyList<VideoAspect> Aspects)
{
    /// <summary>The size whose ratio is nearest; of equal ones the first.</summary>
    /// <param name="height">Height, in any unit.</param>
    /// <param name="width">Width, in the same unit.</param>
    public VideoAspect Closest(double height, double width)
        => Aspects.MinBy(aspect => Math.Abs(double.Parse(aspect.Ratio, CultureInfo.InvariantCulture) - (height / width)))!;
}
