using DiTFastAttn.Hosting.Tests;
using Microsoft.Extensions.DependencyInjection;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

[assembly: DiTFastAttn.WrapAttention(typeof(VendorDiT.SelfAttention), typeof(WrappedAttention), Owner = typeof(VendorDiT.DiTBlock), Field = "attn")]

namespace DiTFastAttn.Hosting.Tests;

/// <summary>A model of somebody else's assembly in the hosted form.</summary>
public sealed class WrapModelTests
{
    [Fact]
    public void A_model_that_is_named_is_attached_as_ones_own()
    {
        using var provider = new ServiceCollection().AddDiTFastAttn().WrapModel<VendorDiT.DiT>().Services.BuildServiceProvider();
        using var model = new VendorDiT.DiT(depth: 2, width: 16, heads: 2);

        Attach(provider, model).ShouldBe(["blocks.0.attn", "blocks.1.attn"]);
        Attach(provider, model).ShouldBe(["blocks.0.attn", "blocks.1.attn"], "it is as it was");
    }

    [Fact]
    public void A_model_around_the_one_that_is_named_is_wrapped_too()
    {
        using var provider = new ServiceCollection().AddDiTFastAttn().WrapModel<VendorDiT.DiT>().Services.BuildServiceProvider();
        using var model = Sequential(("vae", new ToyModel()), ("unused", Identity()));
        using var around = new Pipeline();

        Attach(provider, around).ShouldBe(["dit.blocks.0.attn"]);
        Attach(provider, model).ShouldAllBe(site => site.StartsWith("vae.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_model_that_nobody_named_is_left_alone()
    {
        using var provider = new ServiceCollection().AddDiTFastAttn().Services.BuildServiceProvider();
        using var model = new VendorDiT.DiT(depth: 1, width: 16, heads: 2);

        Should.Throw<ArgumentException>(() => Attach(provider, model)).Message
            .ShouldStartWith("model 'DiT' has no attention site: mark a partial method of its attention module with [AttentionSite], or wrap it with [assembly: WrapAttention(…)]");
    }

    [Fact]
    public void A_model_of_which_nothing_can_be_wrapped_is_refused()
    {
        using var provider = new ServiceCollection().AddDiTFastAttn().WrapModel<ToyModel>().Services.BuildServiceProvider();
        using var model = new ToyModel();

        Should.Throw<InvalidOperationException>(() => Attach(provider, model)).Message.ShouldBe(
            "model 'ToyModel' holds a ToyModel, which WrapModel names, and none of its modules is one that a [assembly: WrapAttention(…)] says how to wrap: "
            + "those are about VendorDiT.SelfAttention.");
        using var attached = new ServiceCollection().AddDiTFastAttn().Services.BuildServiceProvider().GetRequiredService<IFastAttention>().Attach(model);
        attached.Sites.ShouldNotBeEmpty("nothing of the refused attachment is left");
    }

    [Fact]
    public void A_run_with_a_plan_computes_the_vendors_attention()
    {
        using var provider = new ServiceCollection().AddDiTFastAttn().WrapModel<VendorDiT.DiT>().Services.BuildServiceProvider();
        using var noGrad = no_grad();
        using var model = new VendorDiT.DiT(depth: 2, width: 16, heads: 2);
        using var tokens = randn(2, 64, 16);
        using var time = full(2, 0.5);
        using var expected = model.forward(tokens, time);
        using var attached = provider.GetRequiredService<IFastAttention>().Attach(model);
        using var run = attached.BeginRun(
            AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, ["full", "wars", "ast"]), new RunRequest(3, Guidance.ConditionalFirst));

        for (var step = 0; step < 3; step++)
        {
            using (run.Step())
            {
                // The same input at each step: residual and output are then exact.
                using var output = model.forward(tokens, time);
                output.allclose(expected, rtol: 1e-4, atol: 1e-5).ShouldBeTrue($"step {step}");
            }
        }
    }

    private static List<string> Attach(IServiceProvider provider, Module model)
    {
        using var attached = provider.GetRequiredService<IFastAttention>().Attach(model);
        return [.. attached.Sites.Select(site => site.Name)];
    }

    private sealed class Pipeline : Module<Tensor, Tensor>
    {
        private readonly VendorDiT.DiT dit = new(depth: 1, width: 16, heads: 2);

        public Pipeline()
            : base(nameof(Pipeline)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var time = zeros(input.shape[0]);
            return dit.forward(input, time);
        }
    }
}
