using DiTFastAttn.Models.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests.Text;

public sealed class ClipModelTests
{
    private static readonly ClipConfig Tiny = new()
    {
        Text = new ClipTextConfig
        {
            Tower = new ClipTowerConfig { HiddenSize = 16, IntermediateSize = 24, NumHiddenLayers = 2, NumAttentionHeads = 2 },
            VocabSize = 40,
            MaxPositionEmbeddings = 8,
            EosTokenId = 39,
        },
        Vision = new ClipVisionConfig
        {
            Tower = new ClipTowerConfig { HiddenSize = 12, IntermediateSize = 20, NumHiddenLayers = 1, NumAttentionHeads = 3 },
            ImageSize = 8,
            PatchSize = 4,
        },
        ProjectionDim = 10,
    };

    public static TheoryData<string> Encoded => Fixture.Named("clip.encode", "text");

    public static TheoryData<string> Preprocessed => Fixture.Named("clip.preprocess", "text");

    [Theory]
    [MemberData(nameof(Encoded))]
    public void Recorded_states_and_features_are_met(string name)
    {
        using var fixture = new Fixture(name);
        using var noGrad = no_grad();
        using var model = new ClipModel(ClipConfig.Parse(fixture.Config.GetRawText()));
        fixture.Fill(model);
        using var scope = NewDisposeScope();
        var mask = fixture.Has("in.attention_mask") ? fixture.Tensor("in.attention_mask") : null;
        using var text = model.Text.forward(fixture.Tensor("in.input_ids"), mask);
        fixture.ShouldMatch(text.States, "out.text_last_hidden_state");
        fixture.ShouldMatch(text.Pooled, "out.text_pooled");
        using var image = model.Vision.forward(fixture.Tensor("in.pixel_values"));
        fixture.ShouldMatch(image.States, "out.image_last_hidden_state");
        fixture.ShouldMatch(image.Pooled, "out.image_pooled");
        var texts = ClipModel.Normalize(model.EncodeText(fixture.Tensor("in.input_ids"), mask));
        var images = ClipModel.Normalize(model.EncodeImage(fixture.Tensor("in.pixel_values")));
        fixture.ShouldMatch(model.LogitsPerText(texts, images), "out.logits_per_text");
    }

    [Theory]
    [MemberData(nameof(Preprocessed))]
    public void Pictures_are_prepared_as_recorded(string name)
    {
        using var fixture = new Fixture(name);
        using var scope = NewDisposeScope();
        var levels = fixture.Tensor("in.image");
        var image = new RgbImage((int)levels.shape[1], (int)levels.shape[0]);
        levels.bytes.CopyTo(image.Pixels.Span);
        var processor = ClipImageProcessor.Parse(fixture.Config.GetRawText());
        var step = fixture.Call.GetProperty("recorded_slice").GetString() == "all" ? 1 : 3;
        foreach (var (crop, output) in new[] { (ClipImageCrop.Pillow, "out.pixel_values_pil"), (ClipImageCrop.Torchvision, "out.pixel_values_torchvision") })
        {
            var pixels = processor.Process(image, crop);
            fixture.ShouldMatch(pixels[TensorIndex.Ellipsis, TensorIndex.Slice(step: step), TensorIndex.Slice(step: step)], output);
        }
    }

    [Fact]
    public void The_full_model_has_the_recorded_names_and_shapes_without_any_memory()
    {
        using var fixture = new Fixture("text/clip-keys-vit-b-16");
        using var model = new ClipModel(ClipConfig.Parse(fixture.Json.GetProperty("in").GetProperty("config").GetRawText()), device: META);
        model.state_dict().Select(p => $"{p.Key} [{string.Join(",", p.Value.shape)}]").ShouldBe(
            fixture.Json.GetProperty("out").GetProperty("parameters").EnumerateArray().Select(p => $"{p[0]} [{string.Join(",", p[1].EnumerateArray())}]"),
            ignoreOrder: true);
    }

    [Fact]
    public void Position_numbers_of_older_files_are_passed_over()
    {
        using var noGrad = no_grad();
        using var model = new ClipModel(Tiny);
        FormulaWeights.Fill(model);
        var state = model.state_dict();
        using var positions = arange(8).unsqueeze(0);
        state.Add("text_model.embeddings.position_ids", positions);
        state.Add("vision_model.embeddings.position_ids", positions);
        using var loaded = new ClipModel(Tiny);
        loaded.LoadWeights(new TensorDictionary(state, "older"));
        using var scope = NewDisposeScope();
        var ids = tensor(new long[] { 38, 5, 39, 39 }).view(1, 4);
        (loaded.EncodeText(ids) - model.EncodeText(ids)).abs().max().item<float>().ShouldBe(0);
    }

    [Fact]
    public void A_text_sees_nothing_behind_its_end()
    {
        using var noGrad = no_grad();
        using var model = new ClipModel(Tiny);
        FormulaWeights.Fill(model);
        using var scope = NewDisposeScope();
        var one = tensor(new long[] { 38, 5, 39, 1, 2 }).view(1, 5);
        var other = tensor(new long[] { 38, 5, 39, 7, 39 }).view(1, 5);
        (model.EncodeText(one) - model.EncodeText(other)).abs().max().item<float>().ShouldBeLessThan(1e-6f);
    }

    [Fact]
    public void What_does_not_fit_is_said_in_one_line()
    {
        using var model = new ClipModel(Tiny);
        using var scope = NewDisposeScope();
        Should.Throw<ArgumentException>(() => model.EncodeText(zeros(1, 9, ScalarType.Int64))).Message.ShouldContain("9 tokens are more than the 8 positions");
        Should.Throw<ArgumentException>(() => model.EncodeImage(zeros(1, 3, 8, 9))).Message.ShouldContain("this model takes [B, 3, 8, 8]");
        Should.Throw<FormatException>(() => ClipConfig.Parse("{\"text_config\": 5}")).Message.ShouldContain("text_config is 5; it has to be an object");
        Should.Throw<FormatException>(() => ClipConfig.Parse("{\"model_type\": \"siglip\"}")).Message.ShouldContain("one of clip");
        Should.Throw<ArgumentException>(() => ClipConfig.Parse("{\"text_config\": {\"num_attention_heads\": 7}}")).Message.ShouldContain("hidden_size is 512");
        Should.Throw<ArgumentException>(() => ClipImageProcessor.Parse("{\"resample\": 0}")).Message.ShouldContain("resample is 0; it has to be 3 (bicubic) or 2");
        Should.Throw<FormatException>(() => ClipImageProcessor.Parse("{\"size\": {\"width\": 4}}")).Message.ShouldContain("size is");
        Should.Throw<ArgumentException>(() => new ClipImageProcessor().Process(new RgbImage(2, 1000))).Message.ShouldContain("at most 16384 is taken");
    }

    [Fact]
    public void Older_processor_files_give_sizes_as_numbers()
    {
        var processor = ClipImageProcessor.Parse("{\"size\": 32, \"crop_size\": 30, \"do_normalize\": false, \"do_rescale\": false}");
        using var pixels = processor.Process(new RgbImage(64, 64, (10, 20, 30)));
        pixels.shape.ShouldBe([1, 3, 30, 30]);
        pixels[0, 2, 15, 15].item<float>().ShouldBe(30);
    }

    [Theory]
    [InlineData(7, 5, 7, 5)]
    [InlineData(31, 17, 8, 40)]
    [InlineData(1, 1, 3, 4)]
    [InlineData(300, 2, 3, 1)]
    public void A_picture_of_one_colour_keeps_it(int width, int height, int newWidth, int newHeight)
    {
        var image = PillowResize.Bicubic(new RgbImage(width, height, (200, 0, 255)), newWidth, newHeight);
        (image.Width, image.Height).ShouldBe((newWidth, newHeight));
        for (var i = 0; i < image.Pixels.Length; i += 3)
        {
            image.Pixels.Span.Slice(i, 3).ToArray().ShouldBe([200, 0, 255]);
        }
    }
}
