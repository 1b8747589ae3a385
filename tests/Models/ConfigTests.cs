using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

public sealed class ConfigTests
{
    [Theory]
    [InlineData("""{"input_size": 15}""", "input_size is 15; it has to be a multiple of patch_size, 2")]
    [InlineData("""{"hidden_size": 100, "num_heads": 16}""", "hidden_size is 100; it has to be a multiple of num_heads, 16")]
    [InlineData("""{"hidden_size": 6, "num_heads": 2}""", "hidden_size is 6; it has to be a multiple of the four parts")]
    [InlineData("""{"depth": 0}""", "depth is 0; it has to be 1 or more")]
    [InlineData("""{"depth": "six"}""", "depth is \"six\"; it has to be a whole number")]
    [InlineData("""{"depth": 2.5}""", "depth is 2.5; it has to be a whole number")]
    [InlineData("""{"patch_size": -2}""", "patch_size is -2")]
    [InlineData("""{"mlp_ratio": 0}""", "mlp_ratio is 0")]
    [InlineData("""{"mlp_ratio": NaN}""", "mlp_ratio is NaN")]
    [InlineData("""{"class_dropout_prob": 1}""", "class_dropout_prob is 1; it has to be 0 or more and below 1")]
    [InlineData("""{"learn_sigma": 1}""", "learn_sigma is 1; it has to be true or false")]
    [InlineData("""{"num_classes": 0}""", "num_classes is 0")]
    [InlineData("nonsense", "it is not JSON")]
    public void Impossible_models_are_refused_with_the_value_and_what_would_be_right(string json, string message)
        => Refusal(() => MetaDiTConfig.Parse(json)).ShouldContain(message);

    [Theory]
    [InlineData("""{"_class_name": "PixArtTransformer2DModel"}""", "_class_name is \"PixArtTransformer2DModel\"")]
    [InlineData("""{"norm_type": "layer_norm"}""", "norm_type is \"layer_norm\"; it has to be one of ada_norm_zero")]
    [InlineData("""{"activation_fn": "gelu"}""", "gelu-approximate")]
    [InlineData("""{"cross_attention_dim": 1024}""", "DiT has no cross-attention")]
    [InlineData("""{"dropout": 0.1}""", "dropout is 0.1; it has to be 0")]
    [InlineData("""{"norm_elementwise_affine": true}""", "norm_elementwise_affine")]
    [InlineData("""{"sample_size": 33}""", "sample_size is 33; it has to be a multiple of patch_size, 2")]
    [InlineData("""{"norm_eps": 0}""", "norm_eps is 0; it has to be a positive number")]
    [InlineData("""{"out_channels": 0}""", "out_channels is 0")]
    public void Other_architectures_are_refused_in_diffusers_vocabulary(string json, string message)
        => Refusal(() => DiffusersDiTConfig.Parse(json)).ShouldContain(message);

    [Fact]
    public void Configurations_survive_writing_and_reading()
    {
        var meta = Models.TinyConfig with { LearnSigma = false, QkvBias = false, PositionGrid = 32, MlpRatio = 2.5 };
        MetaDiTConfig.Parse(meta.ToJson()).ShouldBe(meta);
        var diffusers = new DiffusersDiTConfig { NumLayers = 3, OutChannels = 8, NormEps = 1e-6, AttentionBias = false };
        DiffusersDiTConfig.Parse(diffusers.ToJson()).ShouldBe(diffusers);
        DiffusersDiTConfig.Parse("{}").ShouldBe(new DiffusersDiTConfig());
        MetaDiTConfig.Parse("""{"unknown": [1, {"x": -Infinity}], "depth": null}""").ShouldBe(new MetaDiTConfig());
    }

    [Fact]
    public void Models_without_query_biases_or_null_class_have_no_tensors_for_them()
    {
        using var model = new MetaDiT(Models.TinyConfig with { QkvBias = false, ClassDropoutProb = 0 });
        var state = model.state_dict();
        state.ShouldNotContainKey("blocks.0.attn.qkv.bias");
        state["y_embedder.embedding_table.weight"].shape.ShouldBe([10, 32]);
        Refusal(() => DiTKeyMap.ToDiffusers(Models.TinyConfig with { MlpRatio = 2 })).ShouldContain("mlp_ratio is 2");
    }

    [Fact]
    public void A_fixed_position_grid_spreads_the_same_range_over_any_resolution()
    {
        using var own = new MetaDiT(Models.TinyConfig);
        using var same = new MetaDiT(Models.TinyConfig with { PositionGrid = 4 });
        using var coarse = new MetaDiT(Models.TinyConfig with { InputSize = 4, PositionGrid = 4 });
        Table(same).ShouldBe(Table(own));

        // Two tokens a side over a grid of four: each sits in the middle of two of the four.
        var table = Table(coarse);
        table.Length.ShouldBe(4 * 32);
        table[0].ShouldBe(MathF.Sin(0.5f), 1e-6f);
        table[32].ShouldBe(MathF.Sin(2.5f), 1e-6f);

        static float[] Table(MetaDiT model) => model.get_parameter("pos_embed")!.detach().data<float>().ToArray();
    }

    [Fact]
    public void The_position_table_is_no_part_of_diffusers_state()
    {
        using var model = new DiffusersDiT(DiTKeyMap.ToDiffusers(Models.TinyConfig));
        model.state_dict().Keys.ShouldNotContain(k => k.Contains("position", StringComparison.Ordinal) || k == "pos_embed");
    }

    private static string Refusal(Action action)
    {
        var error = Should.Throw<Exception>(action);
        (error is FormatException or ArgumentException).ShouldBeTrue(error.GetType().Name);
        error.Message.ShouldNotContain("\n");
        return error.Message;
    }
}
