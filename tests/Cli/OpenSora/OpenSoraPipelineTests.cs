using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Tests.OpenSora;

/// <summary>OpenSora opened from its folder, from the published parts, and from folders that lack something.</summary>
public sealed class OpenSoraPipelineTests : IDisposable
{
    private static readonly VideoConditioning Size = new(2, 32, 48, 24);

    private readonly TemporaryFolder _folder = new();

    public OpenSoraPipelineTests() => TinyOpenSora.Write(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_prompt_becomes_frames()
    {
        using var pipeline = Load(_folder.Path);
        pipeline.Prepare(["a red cat"]).ShouldBeEmpty();
        var sampler = pipeline.Sampler(new OpenSoraSamplingOptions { Steps = 2, TimestepRespacing = "2,0,0" });

        var clips = new OpenSoraVideoMaker(sampler, pipeline.Codec(Size), text => pipeline.TextOf(text)).Make(new VideoRequest(Size, ["a red cat"])).ToList();

        clips.Single().shape.ShouldBe([3, 2, 32, 48]);
        clips[0].isfinite().all().item<bool>().ShouldBeTrue();
        clips[0].Dispose();
    }

    [Fact]
    public void The_published_parts_are_found_where_they_lie()
    {
        var video = Latents(_folder.Path, components: null);

        // The transformer's own folder, and the two repositories below another one; spiece.model lies with the text encoder.
        Directory.CreateDirectory(_folder["checkpoints/stabilityai"]);
        Directory.CreateDirectory(_folder["checkpoints/DeepFloyd"]);
        Directory.Move(_folder["vae"], _folder["checkpoints/stabilityai/sd-vae-ft-ema"]);
        Directory.Move(_folder["text_encoder"], _folder["checkpoints/DeepFloyd/t5-v1_1-xxl"]);
        File.Move(_folder["tokenizer/spiece.model"], _folder["checkpoints/DeepFloyd/t5-v1_1-xxl/spiece.model"]);
        Directory.Move(_folder["transformer"], _folder["stage3"]);
        Latents(_folder["stage3"], _folder["checkpoints"]).ShouldBe(video);

        // A checkpoint's file, with its configuration beside it.
        Latents(_folder["stage3/model.safetensors"], _folder["checkpoints"]).ShouldBe(video);
        OpenSoraPipeline.Describes(_folder["stage3"]).ShouldBeTrue();
        OpenSoraPipeline.Describes(_folder["checkpoints"]).ShouldBeFalse();
    }

    [Fact]
    public void A_checkpoint_that_says_nothing_of_itself_is_the_released_one()
    {
        File.Delete(_folder["transformer/config.json"]);
        TinyT5.WriteEncoder(_folder["text_encoder"], TinyT5.Config(new STDiTConfig().CaptionChannels) with { DFf = 8, NumLayers = 1 });

        var error = Should.Throw<WeightFileException>(() => OpenSoraPipeline.Load(_folder["transformer/model.safetensors"], ScalarType.Float32, CPU, _folder.Path).Dispose());

        const int TensorsOfABlock = 24;
        error.Message.ShouldContain($"they do not fit the model 'STDiT2': {(new STDiTConfig().Depth - TinyOpenSora.Config.Depth) * TensorsOfABlock} missing: ");
        error.Message.ShouldContain("[48] where the model has [1152]");
    }

    [Theory]
    [InlineData(STDiTVersion.STDiT2, null)]
    [InlineData(STDiTVersion.STDiT, null)]
    [InlineData(STDiTVersion.STDiT, "model")]
    [InlineData(STDiTVersion.STDiT2, "ema")]
    public void A_checkpoint_as_torch_saves_it_is_the_same_model(STDiTVersion version, string? section)
    {
        var config = TinyOpenSora.Config with { Version = version, InputSize = (2, 4, 6), QkNorm = version == STDiTVersion.STDiT2 };
        TinyOpenSora.Write(_folder, config);
        using var expected = Load(_folder.Path);
        using (var model = STDiTModel.Create(config))
        {
            using var scope = NewDisposeScope();
            FormulaWeights.Fill(model);
            FormulaWeights.Fill(model, ["y_embedder.y_embedding"]);
            var state = model.state_dict().ToDictionary(item => item.Key, item => (object?)item.Value.detach(), StringComparer.Ordinal);

            // The position tables of the published files are of the size that they were trained at.
            state["pos_embed"] = zeros(1, 9, 48);
            state["pos_embed_temporal"] = zeros(1, 5, 48);
            TorchSaved.Zip(_folder["transformer/x.pth"], section is null ? state : new Dictionary<string, object?>(StringComparer.Ordinal) { [section] = state });
        }

        var file = File.ReadAllBytes(_folder["transformer/x.pth"]);
        file.AsSpan(0, 2).SequenceEqual("PK"u8).ShouldBeTrue();

        using var pipeline = OpenSoraPipeline.Load(_folder["transformer/x.pth"], ScalarType.Float32, CPU, _folder.Path);

        var (loaded, same) = (pipeline.Transformer.state_dict(), expected.Transformer.state_dict());
        loaded.Keys.ShouldBe(same.Keys);
        loaded.ShouldAllBe(item => item.Value.Equals(same[item.Key]));
    }

    [Fact]
    public void A_table_for_no_text_of_another_length_is_repeated_and_position_tables_are_passed_over()
    {
        using (var model = STDiTModel.Create(TinyOpenSora.Config))
        {
            var state = model.state_dict();
            state["y_embedder.y_embedding"] = state["y_embedder.y_embedding"].narrow(0, 0, 5).contiguous();
            state["pos_embed"] = zeros(1, 4, 48);
            SafetensorsWriter.Write(_folder["transformer/model.safetensors"], state);
        }

        using var pipeline = Load(_folder.Path);
        pipeline.Transformer.NullText.shape.ShouldBe([16, 32]);
    }

    [Fact]
    public void A_text_that_is_too_long_is_cut_off_and_said()
    {
        using var pipeline = Load(_folder.Path);
        var notes = pipeline.Prepare([string.Concat(Enumerable.Repeat("a red cat on the sea ", 9))]);

        notes.Single().ShouldContain("of which the first 16 are used");
    }

    [Fact]
    public void A_reference_fills_the_frame_and_what_stands_over_is_cut_off()
    {
        var image = new RgbImage(40, 20, (255, 0, 0));
        image.Fill(10, 0, 20, 20, (0, 0, 255));

        using var pipeline = Load(_folder.Path);
        using var latents = pipeline.Reference(image, new VideoConditioning(2, 32, 32, 24));
        using var blue = pipeline.Reference(new RgbImage(5, 5, (0, 0, 255)), new VideoConditioning(2, 32, 32, 24));

        latents.shape.ShouldBe([4, 1, 4, 4]);
        (latents - blue).abs().max().item<float>().ShouldBeLessThan(0.2f);
    }

    [Theory]
    [InlineData("transformer/config.json")]
    [InlineData("transformer/model.safetensors")]
    [InlineData("vae/config.json")]
    [InlineData("vae/diffusion_pytorch_model.safetensors")]
    [InlineData("text_encoder/config.json")]
    [InlineData("text_encoder/model.safetensors")]
    [InlineData("tokenizer/spiece.model")]
    public void A_file_that_is_missing_is_named(string file)
    {
        File.Delete(_folder[file]);

        var error = Should.Throw<Exception>(() => Load(_folder.Path).Dispose());

        (error is WeightFileException or TokenizerFileException).ShouldBeTrue(error.ToString());
        error.Message.ShouldContain(Path.GetDirectoryName(file)!);
        error.Message.ShouldNotContain("\n");
    }

    [Theory]
    [InlineData("transformer/config.json", "\"caption_channels\":32", "\"caption_channels\":24", "text_encoder/config.json': its states are 32 wide, and the transformer's captions 24")]
    [InlineData("transformer/config.json", "\"in_channels\":4", "\"in_channels\":8", "vae/config.json': its latents have 4 channels and cells of 8 pixels; the transformer takes 8 and 8")]
    [InlineData("transformer/config.json", "\"hidden_size\":48", "\"hidden_size\":50", "transformer/config.json': ")]
    [InlineData("transformer/config.json", "\"depth\":2", "\"depth\":3", "they do not fit the model")]
    public void Parts_that_do_not_fit_are_named(string file, string from, string to, string expected)
    {
        _folder.Write(file, File.ReadAllText(_folder[file]).Replace(from, to, StringComparison.Ordinal));

        Should.Throw<WeightFileException>(() =>
        {
            using var pipeline = Load(_folder.Path);
            _ = pipeline.Transformer;
        }).Message.ShouldContain(expected);
    }

    [Fact]
    public void The_first_model_makes_its_own_size_only()
    {
        TinyOpenSora.Write(_folder, TinyOpenSora.Config with { Version = STDiTVersion.STDiT, InputSize = (2, 4, 6), QkNorm = false });
        using var pipeline = Load(_folder.Path);

        pipeline.Check(Size);
        Should.Throw<ArgumentException>(() => pipeline.Check(new VideoConditioning(3, 32, 48, 24))).Message.ShouldStartWith("3 frames of 48x32 pixels: this model makes 2 of 48x32 only.");
    }

    private static OpenSoraPipeline Load(string path) => OpenSoraPipeline.Load(path, ScalarType.Float32, CPU);

    private static float[] Latents(string path, string? components)
    {
        using var pipeline = OpenSoraPipeline.Load(path, ScalarType.Float32, CPU, components);
        pipeline.Prepare(["a red cat"]);
        using var text = pipeline.TextOf("a red cat").Embeddings;
        using var latents = pipeline.Reference(new RgbImage(48, 32, (10, 200, 30)), Size);
        return [.. text.data<float>().ToArray(), .. latents.data<float>().ToArray(), .. pipeline.Transformer.NullText.data<float>().ToArray()];
    }
}
