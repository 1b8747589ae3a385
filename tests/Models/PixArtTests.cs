using DiTFastAttn.Models.DiT;
using DiTFastAttn.Models.PixArt;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

/// <summary>PixArt beyond its recorded cases, which <c>verify</c> runs.</summary>
public sealed class PixArtTests
{
    private static readonly PixArtMSConfig Config = new()
    {
        InputSize = 16, HiddenSize = 24, Depth = 2, NumHeads = 2, CaptionChannels = 6, PeInterpolation = 1, ModelMaxLength = 5,
    };

    public static TheoryData<string> Originals => ["pixart/forward-original-sigma-wide", "pixart/forward-original-alpha-conditions"];

    [Theory]
    [MemberData(nameof(Originals))]
    public void Both_layouts_run_the_same_weights_through_the_key_map(string name)
    {
        using var fixture = new Fixture(name);
        var config = PixArtMSConfig.Parse(fixture.Config.GetRawText());
        var diffusersConfig = PixArtTransformerConfig.Parse(fixture.Json.GetProperty("same_weights_config_in_diffusers").GetRawText());
        PixArtKeyMap.ToDiffusers(config).ShouldBe(diffusersConfig);
        using var original = new PixArtMS(config);
        fixture.Fill(original);
        using var diffusers = new PixArtTransformer(diffusersConfig);
        diffusers.LoadWeights(PixArtKeyMap.OriginalToDiffusers(new TensorDictionary(original.state_dict(), "original"), config));

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var condition = new PixArtCondition(fixture.Tensor("in.y").squeeze(1))
        {
            CaptionMask = fixture.Tensor("in.mask"),
            Resolution = fixture.Has("in.img_hw") ? fixture.Tensor("in.img_hw") : null,
            AspectRatio = fixture.Has("in.aspect_ratio") ? fixture.Tensor("in.aspect_ratio") : null,
        };
        fixture.ShouldMatch(original.forward(fixture.Tensor("in.x"), fixture.Tensor("in.timestep"), condition), "out.sample");
        fixture.ShouldMatch(diffusers.forward(fixture.Tensor("in.x"), fixture.Tensor("in.timestep"), condition), "out.sample");
    }

    [Theory]
    [InlineData("")]
    [InlineData("model.")]
    [InlineData("base_model.model.")]
    public void A_checkpoint_of_another_size_loads_whatever_stands_before_its_names(string prefix)
    {
        using var stored = Filled(Config with { InputSize = 32, ModelMaxLength = 9 });
        using var model = new PixArtMS(Config);
        var state = stored.state_dict().ToDictionary(entry => prefix + entry.Key, entry => entry.Value, StringComparer.Ordinal);

        model.LoadWeights(new TensorDictionary(state, "checkpoint"));

        foreach (var (name, parameter) in stored.named_parameters())
        {
            model.get_parameter(name)!.equal(parameter).all().item<bool>().ShouldBeTrue(name);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Compressed_keys_and_values_are_means_of_their_cells_where_the_convolution_averages(bool qkNorm)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var attention = new KvCompressedAttention(2, 4, qkNorm, scale: 2);
        using var plain = new PixArtMSAttention(2, 4, qkNorm);
        FormulaWeights.Fill(attention);
        FormulaWeights.Fill(plain);
        attention.get_parameter("sr.weight")!.fill_(0.25);
        attention.get_parameter("sr.bias")!.zero_();
        attention.get_parameter("norm.weight")!.fill_(1);
        attention.get_parameter("norm.bias")!.zero_();
        var (rows, columns) = (4, 6);
        var hidden = randn(2, rows * columns, 8, generator: new Generator(3));

        var parts = nn.functional.linear(hidden, attention.get_parameter("qkv.weight")!, attention.get_parameter("qkv.bias")!).chunk(3, 2);
        var query = Normed(parts[0], "q_norm");
        var key = Shrunk(Normed(parts[1], "k_norm"));
        var value = Shrunk(parts[2]);
        var attended = nn.functional.scaled_dot_product_attention(Split(query), Split(key), Split(value)).transpose(1, 2).reshape(2, rows * columns, 8);
        var expected = nn.functional.linear(attended, attention.get_parameter("proj.weight")!, attention.get_parameter("proj.bias")!);

        attention.forward(hidden, rows).allclose(expected, atol: 1e-5).ShouldBeTrue();

        Tensor Normed(Tensor x, string norm) => qkNorm
            ? nn.functional.layer_norm(x, [8], attention.get_parameter(norm + ".weight"), attention.get_parameter(norm + ".bias"))
            : x;

        Tensor Shrunk(Tensor x) => nn.functional.layer_norm(
            x.view(2, rows / 2, 2, columns / 2, 2, 8).mean([2, 4]).view(2, rows * columns / 4, 8), [8]);

        Tensor Split(Tensor x) => x.view(2, -1, 2, 4).transpose(1, 2);
    }

    [Fact]
    public void A_model_with_compressed_blocks_has_the_names_of_the_authors_and_runs_at_any_aspect()
    {
        var config = PixArtMSConfig.Parse((Config with { KvCompressLayers = [1], QkNorm = true }).ToJson());
        config.KvCompressLayers.ShouldBe([1]);
        using var model = Filled(config);
        var names = model.named_parameters().Select(parameter => parameter.name).ToList();
        names.ShouldContain("blocks.1.attn.sr.weight");
        names.ShouldContain("blocks.1.attn.norm.bias");
        names.ShouldContain("blocks.0.attn.q_norm.weight");
        names.ShouldNotContain("blocks.0.attn.sr.weight");

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        model.forward(randn(1, 4, 8, 12), tensor(new[] { 3f }), new PixArtCondition(randn(1, 5, 6))).shape.ShouldBe([1L, 8, 8, 12]);
    }

    [Fact]
    public void Padding_that_the_mask_drops_changes_nothing()
    {
        using var model = new PixArtTransformer(PixArtKeyMap.ToDiffusers(Config));
        FormulaWeights.Fill(model);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, t, captions) = (randn(2, 4, 8, 8), tensor(new[] { 900f, 900f }), randn(2, 5, 6));
        var padded = cat([captions, randn(2, 3, 6)], 1);
        var mask = cat([ones([2, 5], dtype: ScalarType.Int64), zeros([2, 3], dtype: ScalarType.Int64)], 1);

        var shorter = model.forward(x, t, new PixArtCondition(captions));

        model.forward(x, t, new PixArtCondition(padded) { CaptionMask = mask }).allclose(shorter, atol: 1e-5).ShouldBeTrue();
        model.forward(x, t, new PixArtCondition(padded) { CaptionMask = ((1 - mask.to(ScalarType.Float32)) * -10000).unsqueeze(1) })
            .allclose(shorter, atol: 1e-5).ShouldBeTrue();
        model.forward(x, t, new PixArtCondition(padded) { CaptionMask = mask.narrow(0, 0, 1) }).allclose(shorter, atol: 1e-5).ShouldBeTrue();
        model.forward(x, t, new PixArtCondition(padded)).allclose(shorter, atol: 1e-3).ShouldBeFalse();
    }

    [Fact]
    public void Taking_all_blocks_gives_the_bits_of_the_whole_call()
    {
        using var model = Filled(Config);
        using var scope = NewDisposeScope();
        var sampler = new PixArtSampler(model, new DpmSolverConfig(), new PixArtSamplingOptions { Steps = 3 });
        using var trajectory = sampler.Begin(new PixArtCaptions(randn(1, 5, 6), null), new PixArtCaptions(randn(1, 5, 6), null), randn(1, 4, 8, 12));
        using var chain = trajectory.BeginPrediction();
        chain.TakeAll().data<float>().ToArray().ShouldBe(trajectory.Predict().data<float>().ToArray());
        chain.Blocks.ShouldBe(2);
    }

    [Fact]
    public void The_conditional_half_is_last_and_there_is_none_without_guidance()
    {
        using var model = Filled(Config);
        var options = new PixArtSamplingOptions { Steps = 2 };
        new PixArtSampler(model, new DpmSolverConfig(), options).Guidance.ShouldBe(Guidance.ConditionalLast);
        new PixArtSampler(model, new DpmSolverConfig(), options with { GuidanceScale = 1 }).Guidance.ShouldBe(Guidance.None);
        new PixArtSampler(model, new DpmSolverConfig(), options).RunRequest(8, 12).Tokens.ShouldBe(24);
    }

    [Fact]
    public void What_does_not_fit_is_said_before_torch_sees_it()
    {
        using var model = new PixArtTransformer(PixArtKeyMap.ToDiffusers(Config with { MicroCondition = true }));
        using var scope = NewDisposeScope();
        var (x, t) = (zeros(2, 4, 8, 8), zeros(2));
        Message(x, t, new PixArtCondition(zeros(2, 5, 6))).ShouldStartWith("the resolution is missing; it has to be [2, 2]");
        Message(zeros(2, 4, 9, 8), t, new PixArtCondition(zeros(2, 5, 6))).ShouldStartWith("latents has shape [2, 4, 9, 8]; it has to be [B, 4, H, W] with H and W multiples of 2");
        Message(x, zeros(3), new PixArtCondition(zeros(2, 5, 6))).ShouldStartWith("timesteps has shape [3]; it has to be [2]");
        Message(x, t, new PixArtCondition(zeros(2, 5, 7))).ShouldStartWith("captions has shape [2, 5, 7]; it has to be [2, Lc, 6]");
        Message(x, t, new PixArtCondition(zeros(2, 5, 6)) { CaptionMask = zeros(2, 4) }).ShouldStartWith("the caption mask has shape [2, 4]; it has to be [2, 5]");

        string Message(Tensor latents, Tensor timesteps, PixArtCondition condition)
            => Should.Throw<ArgumentException>(() => model.forward(latents, timesteps, condition)).Message;
    }

    [Theory]
    [InlineData("\"norm_type\": \"ada_norm_zero\"", "norm_type is \"ada_norm_zero\"; it has to be one of ada_norm_single")]
    [InlineData("\"attention_head_dim\": 7, \"num_attention_heads\": 1", "is 7; it has to be a multiple of the four parts of the position table, 4")]
    [InlineData("\"use_additional_conditions\": true, \"attention_head_dim\": 4, \"num_attention_heads\": 1", "a multiple of height, width and aspect ratio, 3")]
    [InlineData("\"cross_attention_dim\": 5", "cross_attention_dim is 5; it has to be num_attention_heads · attention_head_dim, 1152")]
    public void A_configuration_that_is_no_PixArt_is_refused(string fields, string expected)
        => Should.Throw<Exception>(() => PixArtTransformerConfig.Parse($"{{{fields}}}")).Message.ShouldContain(expected);

    [Theory]
    [InlineData(128, null, null, 2, true)]
    [InlineData(64, null, null, 1, false)]
    [InlineData(32, null, null, 1, false)]
    [InlineData(256, null, false, 4, false)]
    [InlineData(128, 0.5, false, 0.5, false)]
    public void What_a_configuration_leaves_out_follows_the_sample_size(int size, double? scale, bool? takes, double expectedScale, bool expectedTakes)
    {
        var config = PixArtTransformerConfig.Parse((new PixArtTransformerConfig { SampleSize = size, InterpolationScale = scale, UseAdditionalConditions = takes }).ToJson());
        config.Geometry.InterpolationScale.ShouldBe(expectedScale);
        config.Geometry.TakesPictureSize.ShouldBe(expectedTakes);
    }

    private static PixArtMS Filled(PixArtMSConfig config)
    {
        var model = new PixArtMS(config);
        FormulaWeights.Fill(model);
        model.eval();
        return model;
    }
}
