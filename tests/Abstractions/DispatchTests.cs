using DiTFastAttn.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Tests;

public sealed class DispatchTests
{
    [Fact]
    public void Unattached_model_computes_plain_attention()
    {
        using var attention = new ToyAttention();
        using var tokens = Tensors.Tokens(2, 5, seed: 1);
        using var expected = attention.ByHand(tokens);

        using var output = attention.forward(tokens);

        output.Values().ShouldBe(expected.Values());
    }

    [Fact]
    public void Attached_model_outside_a_run_and_in_a_run_of_full_computes_the_same_bits()
    {
        using var model = new ToyModel(blocks: 3);
        using var tokens = Tensors.Tokens(2, 5, seed: 2);
        using var unattached = model.forward(tokens);

        using (var attached = Attach(model))
        {
            using var outside = model.forward(tokens);
            outside.Values().ShouldBe(unattached.Values());

            using var run = attached.BeginRun(AttentionPlan.AllFull(attached, Guidance.None, 3), new RunRequest(3, Guidance.None));
            for (var step = 0; step < 3; step++)
            {
                using (run.Step())
                {
                    using var inside = model.forward(tokens);
                    inside.Values().ShouldBe(unattached.Values());
                }
            }
        }

        using var detached = model.forward(tokens);
        detached.Values().ShouldBe(unattached.Values());
    }

    [Fact]
    public void Sites_of_base_and_derived_class_compute_plain_attention_attached_and_not()
    {
        using var attention = new TwoSites();
        using var tokens = Tensors.Tokens(2, 5, seed: 3);
        using var heads = tokens.unsqueeze(1); // [B, L, d] -> [B, 1, L, d]
        using var attended = nn.functional.scaled_dot_product_attention(heads, heads, heads);
        var expected = attended.Values();

        Check();
        using (Attach(attention))
        {
            Check();
        }

        void Check()
        {
            using var own = attention.forward(tokens);
            using var added = attention.AttendAgain(tokens);
            own.Values().ShouldBe(expected);
            added.Values().ShouldBe(expected);
        }
    }

    [Fact]
    public void Plan_names_the_strategy_of_every_step_and_site()
    {
        using var model = new ToyModel(blocks: 2);
        var calls = new List<string>();
        IAttentionProcessor Recording(string id) => new TestStrategy(SiteState.None, SiteState.None, needsGuidance: false, call =>
        {
            calls.Add($"{call.Step} {call.Site.Name} {id}");
            return call.Hidden.alias();
        });
        using var attached = Attach(model, new TestCatalog().With("full", Recording("full")).With("other", Recording("other")));
        var plan = AttentionPlan.AllFull(attached, Guidance.None, 3) with { Rows = [["full", "full"], ["other", "full"], ["full", "other"]] };
        using var tokens = Tensors.Tokens(1, 4, seed: 4);

        using var run = attached.BeginRun(plan, new RunRequest(3, Guidance.None));
        for (var step = 0; step < 3; step++)
        {
            using (run.Step())
            {
                model.forward(tokens).Dispose();
            }
        }

        calls.ShouldBe(["0 blocks.0 full", "0 blocks.1 full", "1 blocks.0 other", "1 blocks.1 full", "2 blocks.0 full", "2 blocks.1 other"]);
    }

    [Fact]
    public void Strategy_sees_the_run_it_is_called_in()
    {
        using var model = new ToyModel(blocks: 1);
        AttachedModel? expected = null;
        var look = new TestStrategy(SiteState.None, SiteState.Residual, needsGuidance: false, call =>
        {
            call.Site.ShouldBeSameAs(expected!.Sites[0]);
            call.Step.ShouldBe(0);
            call.Guidance.ShouldBe(Guidance.ConditionalLast);
            call.RequiredWindow.Resolve(call.Hidden.size(1)).ShouldBe(2);
            call.Kernel.ShouldBeSameAs(expected.Kernel);
            call.KeepsResidual.ShouldBeFalse();
            return call.Hidden * 2;
        });
        using var attached = Attach(model, new TestCatalog().With("full", look));
        expected = attached;
        var plan = AttentionPlan.AllFull(attached, Guidance.ConditionalLast, 1) with { Window = AttentionWindow.FractionOfTokens(1, 2) };
        using var tokens = Tensors.Tokens(2, 4, seed: 5);

        using var run = attached.BeginRun(plan, new RunRequest(1, Guidance.ConditionalLast));
        using (run.Step())
        {
            using var output = model.Block(0).forward(tokens);
            using var doubled = tokens * 2;
            output.Values().ShouldBe(doubled.Values());
        }
    }

    [Fact]
    public void Runs_of_two_models_nest()
    {
        using var outerModel = new ToyModel(blocks: 1);
        using var innerModel = new ToyModel(blocks: 1);
        var calls = new List<string>();
        TestCatalog Recording(string who) => new TestCatalog().With("full", new TestStrategy(SiteState.None, SiteState.None, needsGuidance: false, call =>
        {
            calls.Add(who);
            return call.Hidden.alias();
        }));
        using var outer = Attach(outerModel, Recording("outer"));
        using var inner = Attach(innerModel, Recording("inner"));
        using var outerRun = outer.BeginRun(AttentionPlan.AllFull(outer, Guidance.None, 1), new RunRequest(1, Guidance.None));
        using var innerRun = inner.BeginRun(AttentionPlan.AllFull(inner, Guidance.None, 1), new RunRequest(1, Guidance.None));
        using var tokens = Tensors.Tokens(1, 4, seed: 6);

        using (outerRun.Step())
        {
            using (innerRun.Step())
            {
                innerModel.forward(tokens).Dispose();
                outerModel.forward(tokens).Dispose();
            }

            innerModel.forward(tokens).Dispose();
        }

        calls.ShouldBe(["inner", "outer"]);
    }

    [Fact]
    public void Dispatch_allocates_nothing()
    {
        using var model = new ToyAttention();
        using var tokens = Tensors.Tokens(1, 4, seed: 7);
        using var attached = Attach(model, new TestCatalog().With("full", new PassThrough(tokens)));
        const int Steps = 64;
        var plan = AttentionPlan.AllFull(attached, Guidance.None, Steps);
        using var run = attached.BeginRun(plan, new RunRequest(Steps, Guidance.None));

        // The first steps compile the code and allocate for that.
        var bytes = 0L;
        for (var step = 0; step < Steps; step++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            using (run.Step())
            {
                model.forward(tokens);
            }

            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        bytes.ShouldBe(0);
    }

    private static AttachedModel Attach(nn.Module model, TestCatalog? catalog = null)
        => AttachedModel.Attach(model, catalog ?? new TestCatalog(), new TorchKernel(), AttentionWindow.Tokens(1));

    /// <summary>Returns a tensor that is there already, so that what is measured is the way to it.</summary>
    private sealed class PassThrough(Tensor tensor) : IAttentionProcessor
    {
        public ProcessorTraits Traits { get; } = new(SiteState.None, SiteState.None);

#pragma warning disable DFA0104 // Nobody here disposes what a step returns: that would be measured too.
        public Tensor Attend(in AttentionCall call) => tensor;
#pragma warning restore DFA0104

        public AttentionCost Cost(in SiteShape shape) => default;
    }
}
