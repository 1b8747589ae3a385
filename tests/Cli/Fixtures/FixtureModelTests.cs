using System.Text.Json;
using DiTFastAttn.Cli.Fixtures;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Tests.Fixtures;

/// <summary>The folders that <c>fixture-model</c> writes.</summary>
public sealed class FixtureModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. FixtureLayouts.All.Select(layout => layout.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_part_of_a_tiny_folder_is_there_and_loads(string like)
    {
        var result = Ditfast.Run("fixture-model", _folder["m"], "--like", like, "--json", _folder["r.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["r.json"]));
        json.RootElement.GetProperty("bytes").GetInt64().ShouldBeLessThan(5_000_000);
        json.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetString())
            .ShouldBe(_folder.Names.Where(name => name.StartsWith("m/", StringComparison.Ordinal) && File.Exists(_folder[name])).Select(name => name[2..]));
        using var index = JsonDocument.Parse(File.ReadAllText(_folder["m/model_index.json"]));
        foreach (var part in FixtureLayouts.All.First(layout => layout.Name == like).Components(true))
        {
            index.RootElement.GetProperty(part.Folder)[1].GetString().ShouldBe(part.Class);
            if (part.Model is not { } make)
            {
                continue;
            }

            using var weights = WeightFile.Open(_folder[Path.Combine("m", part.Folder)]);
            weights.Keys.Order(StringComparer.Ordinal).ShouldBe(new FixtureWeights(part, ScalarType.Float32).Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Weights_are_those_of_the_formula_in_the_dtype_that_was_asked_for()
    {
        Ditfast.Run("fixture-model", _folder["m"], "--like", "pixart-sigma-512", "--dtype", "bfloat16").Status.ShouldBe(ExitStatus.Done);
        using var model = new T5Encoder(TinyT5.Config());
        FormulaWeights.Fill(model);
        using var weights = WeightFile.Open(_folder["m/text_encoder"]);
        weights.Keys.Count.ShouldBe(model.state_dict().Count);
        foreach (var (name, expected) in model.state_dict())
        {
            using var stored = weights.Read(name);
            using var rounded = expected.to(ScalarType.BFloat16);
            stored.dtype.ShouldBe(ScalarType.BFloat16);
            using var same = stored.eq(rounded).all();
            same.item<bool>().ShouldBeTrue(name);
        }
    }

    [Theory]
    [InlineData("dit-xl-2-256", "transformer", "dit/keys-xl2-256", "diffusers")]
    [InlineData("dit-xl-2-512", "transformer", "dit/keys-xl2-512", "diffusers")]
    [InlineData("dit-xl-2-512", "vae", "vae/keys-sd-vae", "parameters")]
    [InlineData("pixart-sigma-1024", "transformer", "pixart/keys-sigma-xl-2-1024-ms", "diffusers_parameters")]
    [InlineData("pixart-sigma-2k", "transformer", "pixart/keys-sigma-xl-2-2k-ms", "diffusers_parameters")]
    [InlineData("pixart-sigma-1024", "vae", "vae/keys-sdxl-vae", "parameters")]
    [InlineData("pixart-sigma-1024", "text_encoder", "text/t5-keys-v1.1-xxl-encoder", "parameters")]
    [InlineData("opensora-v1.1", "transformer", "opensora/keys-stdit2-xl2", "keys")]
    public void At_full_size_names_and_shapes_are_the_recorded_ones(string like, string part, string fixture, string list)
    {
        var component = FixtureLayouts.All.First(layout => layout.Name == like).Components(false).First(component => component.Folder == part);
        var made = new FixtureWeights(component, ScalarType.Float32).Tensors.Select(tensor => $"{tensor.Name} {string.Join(',', tensor.Shape)}");

        using var recorded = JsonDocument.Parse(File.ReadAllText(Ditfast.Fixtures(fixture + ".json")));
        var expected = recorded.RootElement.GetProperty("out").GetProperty(list).EnumerateArray()
            .Where(row => !component.Computed.Contains(row[0].GetString()))
            .Select(row => $"{row[0].GetString()} {string.Join(',', row[1].EnumerateArray().Select(size => size.GetInt64()))}");
        made.Order(StringComparer.Ordinal).ShouldBe(expected.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_folder_with_something_in_it_is_left_alone()
    {
        var file = _folder.Write("m/notes.txt", "mine");
        var result = Ditfast.Run("fixture-model", _folder["m"]);

        result.Status.ShouldBe(ExitStatus.UserError);
        result.Log.ShouldContain("there is something in it; give a new or an empty folder.");
        File.ReadAllText(file).ShouldBe("mine");
        _folder.Names.ShouldBe(["m", "m/notes.txt"]);
        Ditfast.Run("fixture-model", file).Log.ShouldContain("is a file");
    }

    [Fact]
    public void What_would_not_fit_the_disk_is_said_with_both_figures()
        => Should.Throw<UserErrorException>(() => FixtureModelVerb.RequireSpace("m", 21_500_000_000, 3_000_000_000)).Message
            .ShouldBe("fixture-model m: needs 21.5 GB, and 3.0 GB are free there; give a folder on another disk, a smaller --dtype, or --scale tiny.");

    [Fact]
    public void A_cancelled_folder_leaves_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Ditfast.Run(Verbs.MakeRoot(), ["fixture-model", _folder["m"]], cancelled.Token).Status.ShouldBe(ExitStatus.Cancelled);
        _folder.Names.Where(name => File.Exists(_folder[name])).ShouldBeEmpty();
        Ditfast.Run("fixture-model", _folder["m"]).Status.ShouldBe(ExitStatus.Done);
    }
}
