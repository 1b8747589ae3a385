using DiTFastAttn.Evaluation;

namespace DiTFastAttn.Cli.Bench;

/// <summary>Multiply-accumulates of the FID network for a picture of 299x299.</summary>
internal static class InceptionOperations
{
    // Rows and columns of what a convolution gives, by the beginning of its name; the longest that fits counts.
    private static readonly (string Name, int Side)[] Sides =
    [
        ("Conv2d_1a", 149), ("Conv2d_2a", 147), ("Conv2d_2b", 147), ("Conv2d_3b", 73), ("Conv2d_4a", 71), ("Mixed_5", 35),
        ("Mixed_6", 17), ("Mixed_6a.branch3x3dbl_1", 35), ("Mixed_6a.branch3x3dbl_2", 35),
        ("Mixed_7", 8), ("Mixed_7a.branch3x3_1", 17), ("Mixed_7a.branch7x7x3_1", 17), ("Mixed_7a.branch7x7x3_2", 17), ("Mixed_7a.branch7x7x3_3", 17),
        ("fc", 1),
    ];

    /// <summary>Of all convolutions, and of the last layer.</summary>
    /// <param name="network">The network.</param>
    public static long Of(InceptionNetwork network) => network.named_parameters()
        .Where(parameter => parameter.parameter.shape.Length > 1)
        .Sum(parameter => parameter.parameter.numel() * SideOf(parameter.name) * SideOf(parameter.name));

    private static long SideOf(string name) => Sides.Where(side => name.StartsWith(side.Name, StringComparison.Ordinal)).MaxBy(side => side.Name.Length).Side;
}
