using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Tests.Generate;

/// <summary>Transformers as their authors publish them: one file, and a folder for the rest.</summary>
public sealed class OriginalFileTests : IDisposable
{
    private static readonly MetaDiTConfig SomeDiT = new() { InputSize = 8, HiddenSize = 24, NumHeads = 2, Depth = 2, NumClasses = 5 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void PixArts_file_draws_what_the_folder_of_the_same_weights_draws()
    {
        SomePixArt.Write(_folder);
        var file = _folder["Some-PixArt.pth"];
        SomePixArt.WriteOriginal(file);
        _folder.Write("Some-PixArt.json", SomePixArt.Config.ToJson());
        using (var original = WeightFile.Open(file))
        using (var transformer = new PixArtTransformer(PixArtKeyMap.ToDiffusers(SomePixArt.Config)))
        {
            transformer.LoadWeights(PixArtKeyMap.OriginalToDiffusers(original, SomePixArt.Config));
            SafetensorsWriter.Write(_folder["transformer/diffusion_pytorch_model.safetensors"], transformer.state_dict());
        }

        string[] wish = ["--prompt", "a red cat", "--negative-prompt", "a dog and a boat", "--n-steps", "3", "--threads", "1"];
        var fromFile = Ditfast.Run(["generate", file, "--components", _folder.Path, "--out", _folder["a"], .. wish]);
        fromFile.Status.ShouldBe(ExitStatus.Done, fromFile.Log);
        Ditfast.Run(["generate", _folder.Path, "--out", _folder["b"], .. wish]).Status.ShouldBe(ExitStatus.Done);
        var (a, b) = (Png.Read(_folder["a/00000.png"]).Pixels, Png.Read(_folder["b/00000.png"]).Pixels);
        a.Length.ShouldBe(b.Length);
        a.Zip(b, (x, y) => Math.Abs(x - y)).Max().ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public void Metas_file_runs_as_Metas_code_does()
    {
        SomePixArt.WriteVae(_folder);
        var file = _folder["Some-DiT.pt"];
        using (var model = new MetaDiT(SomeDiT))
        {
            SomePixArt.Save(file, model);
        }

        _folder.Write("Some-DiT.json", SomeDiT.ToJson());
        var result = Ditfast.Run("generate", file, "--components", _folder.Path, "--label", "3", "--n-steps", "4", "--threads", "1", "--out", _folder["out"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        Png.Read(_folder["out/00000.png"]).Width.ShouldBe(16);
        using var settings = JsonDocument.Parse(PngText.Read(_folder["out/00000.png"])["ditfast"]);
        settings.RootElement.GetProperty("scheduler").GetString().ShouldBe(new IddpmConfig().Name);
    }

    [Fact]
    public void Sizes_are_read_off_the_shapes()
    {
        var dit = SomeDiT with { InputSize = 16, HiddenSize = 384, NumHeads = 6, Depth = 3, NumClasses = 7, QkvBias = false, LearnSigma = false, MlpRatio = 2 };
        using (var model = new MetaDiT(dit))
        {
            SafetensorsWriter.Write(_folder["dit.pt"], model.state_dict());
        }

        using (var file = WeightFile.Open(_folder["dit.pt"]))
        {
            new OriginalCheckpoint(file, _folder["dit.pt"]).DiT().ShouldBe(dit);
        }

        var pixart = new PixArtMSConfig
        {
            InputSize = 32, HiddenSize = 384, NumHeads = 6, Depth = 2, CaptionChannels = 40, PeInterpolation = 0.5, ModelMaxLength = 120, MicroCondition = true,
        };
        using (var model = new PixArtMS(pixart))
        {
            SafetensorsWriter.Write(_folder["pixart.pth"], model.state_dict());
        }

        using (var file = WeightFile.Open(_folder["pixart.pth"]))
        {
            var read = new OriginalCheckpoint(file, _folder["pixart.pth"]).PixArt();
            (read with { KvCompressLayers = pixart.KvCompressLayers }).ShouldBe(pixart);
            read.KvCompressLayers.ShouldBeEmpty();
        }
    }

    [Fact]
    public void A_size_in_the_name_stands_for_a_table_that_is_missing()
    {
        using var model = new PixArtMS(SomePixArt.Config with { HiddenSize = 384, NumHeads = 6 });
        var path = _folder["PixArt-Sigma-XL-2-1024-MS.pth"];
        SafetensorsWriter.Write(path, model.state_dict().Where(entry => entry.Key != "pos_embed").ToDictionary());
        using var file = WeightFile.Open(path);
        var config = new OriginalCheckpoint(file, path).PixArt();
        (config.InputSize, config.PeInterpolation).ShouldBe((128, 2.0));
    }

    [Fact]
    public void What_a_file_cannot_be_is_said_in_a_line()
    {
        SomePixArt.Write(_folder);
        SomePixArt.WriteOriginal(_folder["tiny.pth"]);
        Refusal(_folder["tiny.pth"], "--prompt", "a cat").ShouldContain("it is a transformer alone: name a pipeline's folder (--components) for text_encoder/");
        Refusal(_folder["tiny.pth"], "--prompt", "a cat", "--components", _folder.Path).ShouldContain("num_heads cannot be told: write all sizes into");
        _folder.Write("tiny.json", "{\"depth\": 0}");
        Refusal(_folder["tiny.pth"], "--prompt", "a cat", "--components", _folder.Path).ShouldContain("depth is 0; it has to be 1 or more");
        Refusal(_folder["transformer/diffusion_pytorch_model.safetensors"], "--prompt", "a cat").ShouldContain("give the folder, with its config.json files");
        Refusal(_folder["vae/diffusion_pytorch_model.safetensors"], "--prompt", "a cat").ShouldContain("it is neither DiT nor PixArt");
    }

    private string Refusal(params string[] arguments)
    {
        var result = Ditfast.Run(["generate", .. arguments, "--out", _folder["out"]]);
        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.TrimEnd('\n').ShouldNotContain('\n');
        return result.Log;
    }
}
