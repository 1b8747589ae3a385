using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

public sealed class DiTForwardTests
{
    private const string FullModel = "dit/forward-meta-xl2-256";

    // The full model has 675 M parameters and a test of its own.
    public static TheoryData<string> Small
        => [.. Fixture.Names("dit.forward", "dit", "demo").Where(name => name != FullModel)];

    [Theory]
    [MemberData(nameof(Small))]
    public void Predicts_what_the_reference_predicts(string name) => Run(name);

    [Fact]
    [Trait("Category", "Slow")]
    public void The_full_model_predicts_what_the_reference_predicts() => Run(FullModel);

    [Fact]
    public void Both_layouts_run_the_same_weights_through_the_key_map()
    {
        using var fixture = new Fixture("dit/convert-tiny");
        var config = MetaDiTConfig.Parse(fixture.Config.GetProperty("meta").GetRawText());
        var diffusersConfig = DiffusersDiTConfig.Parse(fixture.Config.GetProperty("diffusers").GetRawText());
        DiTKeyMap.ToDiffusers(config).ShouldBe(diffusersConfig);
        using var meta = new MetaDiT(config);
        fixture.Fill(meta);
        using var diffusers = new DiffusersDiT(diffusersConfig);
        diffusers.LoadWeights(DiTKeyMap.MetaToDiffusers(new TensorDictionary(meta.state_dict(), "meta"), config));

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, t, y) = (fixture.Tensor("in.x"), fixture.Tensor("in.t"), fixture.Tensor("in.y"));
        fixture.ShouldMatch(meta.forward(x, t, y), "out.meta");
        fixture.ShouldMatch(diffusers.forward(x, t, y), "out.diffusers");
        fixture.ShouldMatch(meta.get_parameter("pos_embed")!, "out.pos_embed");
    }

    [Fact]
    public void Fractional_timesteps_lie_between_whole_ones()
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var x = randn(1, 4, 8, 8);
        var y = tensor(new long[] { 3 });
        var low = model.forward(x, tensor(new[] { 10f }), y);
        var middle = model.forward(x, tensor(new[] { 10.5f }), y);
        var high = model.forward(x, tensor(new[] { 11f }), y);
        var span = (high - low).norm().item<float>();
        (middle - low).norm().item<float>().ShouldBeLessThan(span);
        (middle - high).norm().item<float>().ShouldBeLessThan(span);
        middle.allclose(low).ShouldBeFalse();
    }

    [Fact]
    public void Computes_in_the_dtype_of_its_weights()
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, t, y) = (randn(2, 4, 8, 8), tensor(new long[] { 1, 900 }), tensor(new long[] { 0, 10 }));
        var single = model.forward(x, t, y);
        model.to(ScalarType.BFloat16);
        var half = model.forward(x, t, y);
        half.dtype.ShouldBe(ScalarType.BFloat16);
        ((half.to(ScalarType.Float32) - single).norm() / single.norm()).item<float>().ShouldBeLessThan(0.05f);
    }

    [Fact]
    public void Gradients_reach_every_parameter_and_agree_with_finite_differences()
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        var (x, t, y) = (randn(2, 4, 8, 8), tensor(new long[] { 7, 700 }), tensor(new long[] { 0, 10 }));
        model.forward(x, t, y).square().mean().backward();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (parameter.requires_grad)
            {
                parameter.grad.ShouldNotBeNull(name);
                parameter.grad!.isfinite().all().item<bool>().ShouldBeTrue(name);
            }
        }

        var weight = model.get_parameter("blocks.0.mlp.fc1.weight")!;
        var slope = weight.grad!.square().sum().item<float>();
        using var noGrad = no_grad();
        var along = weight.grad!.clone();
        const float Step = 0.02f;
        weight.add_(along * Step);
        var up = model.forward(x, t, y).square().mean().item<float>();
        weight.sub_(along * (2 * Step));
        var down = model.forward(x, t, y).square().mean().item<float>();
        ((up - down) / (2 * Step)).ShouldBe(slope, slope * 0.05f);
    }

    [Fact]
    public void Recording_gradients_does_not_change_the_output()
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        var (x, t, y) = (randn(2, 4, 8, 8), tensor(new long[] { 7, 700 }), tensor(new long[] { 0, 10 }));
        var recorded = model.forward(x, t, y).detach();
        using var noGrad = no_grad();
        var plain = model.forward(x, t, y);
        ((recorded - plain).norm() / plain.norm()).item<float>().ShouldBeLessThan(1e-6f);
    }

    [Fact]
    public void A_call_leaves_no_tensor_behind_but_its_result()
    {
        using var model = Models.Tiny();
        using var noGrad = no_grad();
        using var x = randn(2, 4, 8, 8);
        using var t = tensor(new long[] { 7, 700 });
        using var y = tensor(new long[] { 0, 10 });
        model.forward(x, t, y).Dispose();
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        model.forward(x, t, y).Dispose();
        DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    [Theory]
    [InlineData(new long[] { 3, 11 }, "label 11 is out of range: this model knows 0 to 10")]
    [InlineData(new long[] { -1, 3 }, "label -1 is out of range")]
    [InlineData(new long[] { 3 }, "one Int64 for each of the 2 latents")]
    public void Refuses_labels_that_it_does_not_know(long[] labels, string message)
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        Should.Throw<ArgumentException>(() => model.forward(randn(2, 4, 8, 8), tensor(new long[] { 7, 700 }), tensor(labels)))
            .Message.ShouldContain(message);
    }

    [Fact]
    public void Refuses_latents_of_another_shape()
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        var labels = tensor(new long[] { 1 });
        Should.Throw<ArgumentException>(() => model.forward(randn(1, 4, 16, 16), tensor(new long[] { 7 }), labels))
            .Message.ShouldContain("[1, 4, 16, 16]; this model takes [B, 4, 8, 8]");
        Should.Throw<ArgumentException>(() => model.forward(randn(1, 4, 8, 8), tensor(new long[] { 7, 8 }), labels))
            .Message.ShouldContain("timesteps have shape [2]");
        Should.Throw<ArgumentException>(() => model.ForwardWithGuidance(randn(3, 4, 8, 8), tensor(new long[] { 7, 8, 9 }), tensor(new long[] { 1, 2, 3 }), 2))
            .Message.ShouldContain("two equal halves");
    }

    [Fact]
    public void Initialised_for_training_it_starts_as_the_identity_of_its_tokens()
    {
        using var model = new MetaDiT(Models.TinyConfig);
        using var generator = new Generator(7);
        model.InitializeWeights(generator);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();

        // The last linear is zero, so is the prediction; and so are the gates, which leaves the tokens as they are.
        model.forward(randn(1, 4, 8, 8), tensor(new long[] { 5 }), tensor(new long[] { 1 })).abs().max().item<float>().ShouldBe(0);
        model.get_parameter("blocks.1.adaLN_modulation.1.weight")!.abs().max().item<float>().ShouldBe(0);
        model.get_parameter("y_embedder.embedding_table.weight")!.std().item<float>().ShouldBe(0.02f, 0.004f);
        var qkv = model.get_parameter("blocks.0.attn.qkv.weight")!;
        var bound = Math.Sqrt(6.0 / (qkv.shape[0] + qkv.shape[1]));
        qkv.max().item<float>().ShouldBeInRange((float)(bound * 0.95), (float)bound);
        qkv.min().item<float>().ShouldBeInRange(-(float)bound, -(float)(bound * 0.95));
    }

    private static void Run(string name)
    {
        using var fixture = new Fixture(name);
        using var model = fixture.LoadedModel();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, t, y) = (fixture.Tensor("in.x"), fixture.Tensor("in.t"), fixture.Tensor("in.y"));
        fixture.ShouldMatch(model.forward(x, t, y), "out.forward");
        if (model is MetaDiT meta && fixture.Has("out.forward_with_cfg"))
        {
            fixture.ShouldMatch(meta.ForwardWithGuidance(x, t, y, fixture.Call.GetProperty("cfg_scale").GetDouble()), "out.forward_with_cfg");
        }
    }
}
