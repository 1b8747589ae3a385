using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.Train;

/// <summary><c>train shapes</c> on a few tiny pictures; how well it trains is not asked here.</summary>
public sealed class TrainShapesVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_leaves_a_model_a_checkpoint_and_its_losses()
    {
        var result = Train("--stages", "8:2:1,16:1:1", "--pictures", "1", "--json", _folder["r.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        _folder.Names.ShouldBe(["out", "out/checkpoint.safetensors", "out/shapes-dit.safetensors", "r.json"]);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["r.json"]));
        json.RootElement.GetProperty("loss").EnumerateArray().Select(loss => loss.GetDouble()).ShouldAllBe(loss => loss > 0);
        json.RootElement.GetProperty("loss").GetArrayLength().ShouldBe(3);
        Ditfast.Run("train", "shapes", "--evaluate", _folder["out/shapes-dit.safetensors"], "--pictures", "1").Status.ShouldBe(ExitStatus.Done);
    }

    [Fact]
    public void An_earlier_run_is_gone_on_with_only_where_asked_and_as_it_was_begun()
    {
        Train("--stages", "8:1:1", "--pictures", "1").Status.ShouldBe(ExitStatus.Done);

        Refuse("is there from an earlier run; add --resume", "--stages", "8:1:1");
        Refuse("--stages 8:2:1,16:1:1: the run in", "--stages", "8:2:1,16:1:1", "--resume");
        Refuse("--seed 3: the run in", "--seed", "3", "--resume");
        Train("--resume").Log.ShouldContain("going on after step 1 of 1");
    }

    [Theory]
    [InlineData("0:1:1")]
    [InlineData("8:1")]
    [InlineData("7:1:1")]
    [InlineData("8:1:1,")]
    public void Impossible_stages_are_refused(string stages)
        => Refuse($"--stages {stages}: give a stage as SIZE:STEPS:BATCH with an even size, for example 32:2500:32, or several with commas between them.", "--stages", stages);

    [Fact]
    public void A_folder_in_the_checkpoints_place_is_refused_before_any_work()
    {
        Directory.CreateDirectory(_folder["out/checkpoint.safetensors"]);

        Refuse("is a folder, and a file of that name is to be written", "--resume");
    }

    [Fact]
    public void A_checkpoint_that_is_none_is_refused()
    {
        SomeModel.Save(_folder.Write("out/checkpoint.safetensors", ""));
        Refuse("it is no checkpoint of this program", "--resume");

        File.WriteAllBytes(_folder["out/checkpoint.safetensors"], new byte[100]);
        Refuse("weights '", "--resume");
    }

    private Ditfast.Result Train(params string[] options) => Ditfast.Run(["train", "shapes", "--out", _folder["out"], .. options]);

    private void Refuse(string expected, params string[] options)
    {
        var before = _folder.Names.ToArray();

        var result = Train(options);

        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.ShouldContain(expected);
        result.Log.TrimEnd('\n').ShouldNotContain('\n');
        _folder.Names.ShouldBe(before);
    }
}
