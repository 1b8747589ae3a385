using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Tests.Verify;

/// <summary><c>verify</c> on the recorded cases, on altered ones, and on folders that are none.</summary>
public sealed class VerifyVerbTests
{
    [Theory]
    [InlineData("dit", "fastattn.layer", 4)]
    [InlineData("dit", "fastattn.loss", 1)]
    [InlineData("dit", "fastattn.flops", 1)]
    [InlineData("schedulers", "scheduler.iddpm", 5)]
    [InlineData("text", "*", 29)]
    [InlineData("opensora", "stdit.forward", 9)]
    [InlineData("opensora", "fastattn.opensora*", 5)]
    [InlineData("opensora", "opensora.iddpm.*", 8)]
    [InlineData("opensora", "opensora.sample", 3)]
    [InlineData("opensora", "opensora.mask*", 4)]
    [InlineData("opensora", "opensora.caption", 1)]
    [InlineData("pixart", "pixart.forward", 11)]
    [InlineData("pixart", "pixart.sample", 5)]
    [InlineData("pixart", "pixart.caption", 1)]
    [InlineData("pixart", "pixart.bins", 1)]
    [InlineData("pixart", "pixart.keys", 2)]
    [InlineData("metrics", "*", 32)]
    public void The_recorded_cases_pass(string area, string kind, int cases)
    {
        var result = Ditfast.Run("verify", Ditfast.Fixtures(area), "--kind", kind);

        result.Status.ShouldBe(ExitStatus.Done, result.Output);
        result.Output.ShouldEndWith($"\n{cases} passed, 0 failed, 0 unsupported\n");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void All_recorded_cases_of_the_model_pass()
    {
        var result = Ditfast.Run("verify", Ditfast.Fixtures("dit"), Ditfast.Fixtures("demo"));

        result.Status.ShouldBe(ExitStatus.Done, result.Output);
        result.Output.ShouldEndWith("24 passed, 0 failed, 0 unsupported\n");
    }

    [Theory]
    [InlineData("out.step2")]
    [InlineData("out.residual4")]
    public void An_altered_tensor_fails(string name)
    {
        using var folder = new TemporaryFolder();
        CopyCase("dit", "layer-L64-w8", folder);
        Alter(folder["layer-L64-w8.safetensors"], name);

        var result = Ditfast.Run("verify", folder.Path, "--json", folder["result.out"]);

        result.Status.ShouldBe(ExitStatus.CheckFailed);
        result.Output.ShouldContain($"  {name}: relative L2 ");
        result.Output.ShouldEndWith("0 passed, 1 failed, 0 unsupported\n");
        using var json = JsonDocument.Parse(File.ReadAllText(folder["result.out"]));
        json.RootElement.GetProperty("failed").GetInt32().ShouldBe(1);
        var entry = json.RootElement.GetProperty("cases")[0];
        entry.GetProperty("kind").GetString().ShouldBe("fastattn.layer");
        entry.GetProperty("name").GetString().ShouldBe("layer-L64-w8");
        entry.GetProperty("status").GetString().ShouldBe("fail");
        entry.GetProperty("worst").GetDouble().ShouldBeGreaterThan(1);
        entry.GetProperty("detail").GetString().ShouldNotBeNull().ShouldStartWith(name);
    }

    [Theory]
    [InlineData("dit", "loss", "\"official\": 0.0193", "\"official\": 0.0194")]
    [InlineData("dit", "loss", "\"ssim_cropped\": 0.0410", "\"ssim_cropped\": 0.0411")]
    [InlineData("dit", "flops", "\"kept_pairs\": 15584", "\"kept_pairs\": 15585")]
    [InlineData("dit", "flops", "\"residual_refresh\": 7022592", "\"residual_refresh\": 7022593")]
    public void An_altered_field_fails(string area, string name, string recorded, string altered)
    {
        using var folder = new TemporaryFolder();
        CopyCase(area, name, folder);
        var text = File.ReadAllText(folder[name + ".json"]);
        var at = text.IndexOf(recorded, StringComparison.Ordinal);
        at.ShouldBeGreaterThan(0, "the fixture has changed");
        File.WriteAllText(folder[name + ".json"], text[..at] + altered + text[(at + recorded.Length)..]);

        var result = Ditfast.Run("verify", folder.Path);

        result.Status.ShouldBe(ExitStatus.CheckFailed, result.Output);
        result.Output.ShouldEndWith("0 passed, 1 failed, 0 unsupported\n");
    }

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("\"accepted\": true", "\"accepted\": false")]
    [InlineData("\"threshold\": 0.3", "\"threshold\": 0.2")]
    public void An_altered_search_fails(string recorded, string altered) => An_altered_field_fails("dit", "search-official", recorded, altered);

    [Fact]
    public void The_walk_goes_on_behind_malformed_and_unknown_cases()
    {
        using var folder = new TemporaryFolder();
        folder.Write("area-a/broken.json", "{ not JSON");
        folder.Write("area-a/strange.json", """{"format": "ditfastattn-fixture/1", "kind": "text.strange"}""");
        Directory.CreateDirectory(folder["area-b"]);
        CopyCase("dit", "flops", folder, "area-b");
        folder.Write("area-b/deeper/ignored.json", "{ not JSON");

        var result = Ditfast.Run("verify", folder.Path);

        result.Status.ShouldBe(ExitStatus.CheckFailed);
        var lines = result.Output.TrimEnd('\n').Split('\n');
        lines.Length.ShouldBe(4);
        lines[0].ShouldStartWith("fail        ?                    broken");
        lines[1].ShouldStartWith("unsupported text.strange         strange");
        lines[2].ShouldStartWith("pass        fastattn.flops       flops");
        lines[3].ShouldBe("1 passed, 1 failed, 1 unsupported");
    }

    [Fact]
    public void An_unsupported_case_alone_is_a_no()
    {
        using var folder = new TemporaryFolder();
        folder.Write("strange.json", """{"format": "ditfastattn-fixture/1", "kind": "text.strange"}""");

        Ditfast.Run("verify", folder.Path).Status.ShouldBe(ExitStatus.CheckFailed);
    }

    [Fact]
    public void A_missing_or_empty_folder_is_the_users_error()
    {
        using var folder = new TemporaryFolder();

        var missing = Ditfast.Run("verify", folder["nowhere"]);
        missing.Status.ShouldBe(ExitStatus.UserError);
        missing.Log.ShouldContain("there is no such folder");

        var empty = Ditfast.Run("verify", folder.Path);
        empty.Status.ShouldBe(ExitStatus.UserError);
        empty.Log.ShouldContain("neither it nor its subfolders hold cases");
    }

    [Fact]
    public void A_kind_that_no_case_has_is_the_users_error_and_names_those_there_are()
    {
        using var folder = new TemporaryFolder();
        CopyCase("dit", "flops", folder);

        var result = Ditfast.Run("verify", folder.Path, "--kind", "vae.*");

        result.Status.ShouldBe(ExitStatus.UserError);
        result.Log.ShouldContain("--kind vae.*: no case is of such a kind; there are fastattn.flops.");
    }

    private static void CopyCase(string area, string name, TemporaryFolder folder, string below = "")
    {
        foreach (var file in Directory.GetFiles(Ditfast.Fixtures(area), name + ".*"))
        {
            File.Copy(file, Path.Combine(folder[below], Path.GetFileName(file)));
        }
    }

    private static void Alter(string path, string name)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors;
        using (var file = SafetensorsFile.Open(path))
        {
            tensors = file.Keys.ToDictionary(key => key, file.Read);
        }

        tensors[name] = tensors[name] * 1.0001;
        SafetensorsWriter.Write(path, tensors);
    }
}
