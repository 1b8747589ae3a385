using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Study;

/// <summary>What was seen of attention in a run of full attention, by site and step.</summary>
/// <param name="mapStep">The step whose maps are kept.</param>
internal sealed class SeenAttention(int mapStep) : IDisposable
{
    /// <summary>Pixels of a map a side, at most.</summary>
    public const int MapSide = 64;

    private readonly Dictionary<int, Last> _last = [];

    /// <summary>The sites that are looked at.</summary>
    public int[] Sites { get; set; } = [];

    /// <summary>Cosine of a site's output and that of the step before.</summary>
    public Dictionary<(int Site, int Step), double> StepSimilarity { get; } = [];

    /// <summary>Cosine of a site's outputs for the two guidance halves.</summary>
    public Dictionary<(int Site, int Step), double> GuidanceSimilarity { get; } = [];

    /// <summary>‖W − W of the step before‖² / ‖O‖², before the output projection.</summary>
    public Dictionary<(int Site, int Step), double> WindowChange { get; } = [];

    /// <summary>‖R − R of the step before‖² / ‖O‖², before the output projection.</summary>
    public Dictionary<(int Site, int Step), double> ResidualChange { get; } = [];

    /// <summary>Maps of the first picture's conditional half, a head each.</summary>
    public Dictionary<int, IReadOnlyList<RgbImage>> Maps { get; } = [];

    /// <summary>Looks at a call.</summary>
    /// <param name="call">The call, of the whole batch.</param>
    /// <param name="output">What it gave, <c>[B, L, d]</c>; stays the caller's.</param>
    public void Look(in AttentionCall call, Tensor output)
    {
        using var scope = NewDisposeScope();
        var place = (call.Site.Index, call.Step);
        var input = call.Project();
        var (full, residual) = call.Kernel.FullWithResidual(input, call.RequiredWindow); // [B, H, L, D] each
        var window = full - residual;
        if (_last.TryGetValue(call.Site.Index, out var last))
        {
            StepSimilarity[place] = Cosine(output, last.Output);
            WindowChange[place] = Square(window - last.Window) / Square(full);
            ResidualChange[place] = Square(residual - last.Residual) / Square(full);
            last.Dispose();
        }

        if (call.Guidance != Guidance.None)
        {
            var halves = output.chunk(2, 0);
            GuidanceSimilarity[place] = Cosine(halves[0], halves[1]);
        }

        if (call.Step == mapStep)
        {
            Maps[call.Site.Index] = MapsOf(input, call.Guidance == Guidance.ConditionalLast ? input.Query.size(0) / 2 : 0);
        }

        _last[call.Site.Index] = new Last(output.clone().DetachFromDisposeScope(), window.DetachFromDisposeScope(), residual.DetachFromDisposeScope());
        input.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var last in _last.Values)
        {
            last.Dispose();
        }
    }

    private static List<RgbImage> MapsOf(in AttentionInput input, long sample)
    {
        var maps = new List<RgbImage>();
        for (var head = 0L; head < input.Query.size(1); head++)
        {
            using var scope = NewDisposeScope();
            var (query, key) = (input.Query[sample][head].to(ScalarType.Float32), input.Key[sample][head].to(ScalarType.Float32)); // [L, D]
            var scores = query.matmul(key.transpose(0, 1)) * (input.Scale ?? 1 / Math.Sqrt(query.size(1)));
            maps.Add(Shade(scores.softmax(-1)));
        }

        return maps;
    }

    /// <summary>A map as a picture: means of squares of it, dark for much.</summary>
    private static RgbImage Shade(Tensor map)
    {
        var length = map.size(0);
        var side = Math.Min(length, MapSide);
        var cell = length / side;
        var cells = map.narrow(0, 0, side * cell).narrow(1, 0, side * cell).reshape(side, cell, side, cell).mean([1, 3]).cpu(); // [side, side]
        var values = cells.contiguous().data<float>().ToArray();
        var most = values.Max();
        var picture = new RgbImage((int)side, (int)side);
        for (var i = 0; i < values.Length; i++)
        {
            // The root: attention spreads over orders of magnitude.
            var shade = Drawing.Rgb.Parse("08306b").Over(Drawing.Rgb.White, Math.Sqrt(values[i] / most));
            picture.Fill(i % (int)side, i / (int)side, 1, 1, (shade.Red, shade.Green, shade.Blue));
        }

        return picture;
    }

    private static double Cosine(Tensor a, Tensor b)
    {
        var (x, y) = (a.to(ScalarType.Float32).reshape(-1), b.to(ScalarType.Float32).reshape(-1));
        return (x * y).sum().item<float>() / Math.Sqrt(Square(x) * (double)Square(y));
    }

    private static float Square(Tensor tensor)
    {
        var values = tensor.to(ScalarType.Float32);
        return (values * values).sum().item<float>();
    }

    /// <summary>What a site gave at the step before.</summary>
    private sealed record Last(Tensor Output, Tensor Window, Tensor Residual) : IDisposable
    {
        public void Dispose()
        {
            Output.Dispose();
            Window.Dispose();
            Residual.Dispose();
        }
    }
}
