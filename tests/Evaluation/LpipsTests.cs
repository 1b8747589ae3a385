using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Tests;

public sealed class LpipsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-lpips-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(LpipsNet.Alex, "features.3.weight", 5)]
    [InlineData(LpipsNet.Squeeze, "features.12.expand3x3.bias", 7)]
    public void The_published_files_give_what_one_file_gives(LpipsNet net, string someName, int layers)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var whole = Filled(net);
        var state = whole.state_dict();
        var backbone = state.Where(entry => entry.Key.StartsWith("net.", StringComparison.Ordinal))
            .ToDictionary(entry => "features." + string.Join('.', entry.Key.Split('.')[2..]), entry => entry.Value);
        backbone.ShouldContainKey(someName);
        backbone["classifier.1.weight"] = zeros(3, 4);
        var heads = state.Where(entry => entry.Key.StartsWith("lin", StringComparison.Ordinal)).ToDictionary(entry => entry.Key, entry => entry.Value);
        SafetensorsWriter.Write(Path.Combine(_folder, "backbone.safetensors"), backbone);
        SafetensorsWriter.Write(Path.Combine(_folder, "heads.safetensors"), heads);
        var (a, b) = (rand(2, 3, 70, 64).mul_(2).sub_(1), rand(2, 3, 70, 64).mul_(2).sub_(1));

        using var loaded = Lpips.Load(net, Path.Combine(_folder, "backbone.safetensors"), Path.Combine(_folder, "heads.safetensors"));

        loaded.forward(a, b).data<float>().ToArray().ShouldBe(whole.forward(a, b).data<float>().ToArray());
        loaded.PerLayer(a, b).shape.ShouldBe([layers, 2]);
        loaded.forward(a, a).data<float>().ToArray().ShouldBe([0, 0]);
        Should.Throw<WeightFileException>(() => Lpips.Load(net, Path.Combine(_folder, "backbone.safetensors"))).Message.ShouldContain("missing: lin0.model.1.weight");
        whole.Dispose();
    }

    [Fact]
    public void The_constant_of_torchmetrics_differs_where_features_are_near_zero()
    {
        using var scope = NewDisposeScope();
        using var usual = Filled(LpipsNet.Squeeze);
        using var other = new Lpips(LpipsNet.Squeeze) { Epsilon = LpipsEpsilon.Torchmetrics };
        FormulaWeights.Fill(other);
        var (a, b) = (rand(1, 3, 64, 64), rand(1, 3, 64, 64));

        other.forward(a, b).item<float>().ShouldBe(usual.forward(a, b).item<float>(), 1e-3f);
        Should.Throw<ArgumentException>(() => usual.forward(a, b.narrow(2, 0, 32))).Message.ShouldContain("of one shape");
    }

    private static Lpips Filled(LpipsNet net)
    {
        var lpips = new Lpips(net);
        FormulaWeights.Fill(lpips);
        return lpips;
    }
}
