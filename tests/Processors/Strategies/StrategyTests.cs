using DiTFastAttn.Processors.Kernels;
using static TorchSharp.torch;

namespace DiTFastAttn.Processors.Tests.Strategies;

public sealed class StrategyTests
{
    private static readonly string[] Guided = ["full", "asc", "wa", "wars", "wars+asc", "ast"];
    private static readonly string[] Unguided = ["full", "wa", "wars", "ast"];

    public static TheoryData<int, Guidance> RandomPlans()
    {
        var data = new TheoryData<int, Guidance>();
        for (var seed = 0; seed < 12; seed++)
        {
            data.Add(seed, (Guidance)(seed % 3));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(RandomPlans))]
    public void Every_step_of_a_random_plan_is_what_the_semantics_say(int seed, Guidance guidance)
    {
        var random = new Random(seed);
        manual_seed(seed);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var tokens = random.Next(3, 70);
        var window = random.Next(0, tokens + 2);
        var batch = guidance == Guidance.None ? random.Next(1, 4) : 2 * random.Next(1, 3);
        using var layer = new Layer(width: 48, heads: 3);
        var ids = guidance == Guidance.None ? Unguided : Guided;
        string[] steps = ["full", .. Enumerable.Range(0, 11).Select(_ => ids[random.Next(ids.Length)])];
        var because = $"seed {seed}: {string.Join(' ', steps)}, L={tokens}, w={window}, B={batch}";

        using var attached = AttachedModel.Attach(layer, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Tokens(window));
        using var run = attached.BeginRun(AttentionPlan.OfSteps(attached, guidance, steps), new RunRequest(steps.Length, guidance));
        var oracle = new LayerOracle(layer, guidance, window);
        foreach (var id in steps)
        {
            var hidden = randn(batch, tokens, 48);
            Tensor actual;
            using (run.Step())
            {
                actual = layer.forward(hidden);
            }

            RelativeError(actual, oracle.Step(id, hidden)).ShouldBeLessThan(1e-5, $"{because}, at {id}");
        }

        run.StateBytes.ShouldBe(0, "nothing outlives its last reader; " + because);
    }

    [Fact]
    public void A_residual_exists_from_its_writer_to_its_last_reader_and_one_half_stands_for_both_after_asc()
    {
        using var noGrad = no_grad();
        using var layer = new Layer(width: 16, heads: 2);
        using var attached = AttachedModel.Attach(layer, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Tokens(2));
        string[] steps = ["full", "wars", "full", "asc", "ast", "wars", "wa", "full"];
        using var run = attached.BeginRun(AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, steps), new RunRequest(8, Guidance.ConditionalFirst));
        using var hidden = randn(2, 10, 16);
        const long Whole = 2 * 10 * 16 * sizeof(float);
        var held = new List<long>();
        foreach (var _ in steps)
        {
            using (run.Step())
            {
                layer.forward(hidden).Dispose();
            }

            held.Add(run.StateBytes);
        }

        // R; freed by wars; nothing; half an R and the output for ast; the half R; freed by wars; nothing; nothing
        held.ShouldBe([Whole, 0, 0, (Whole / 2) + Whole, Whole / 2, 0, 0, 0]);
        run.PeakStateBytes.ShouldBe((Whole / 2) + Whole);
    }

    [Fact]
    public void Asc_refuses_a_batch_that_has_no_two_halves()
    {
        using var layer = new Layer(width: 16, heads: 2);
        using var attached = AttachedModel.Attach(layer, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        using var run = attached.BeginRun(
            AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, ["full", "asc"]), new RunRequest(2, Guidance.ConditionalFirst));
        using var hidden = randn(3, 10, 16);
        using (run.Step())
        {
            layer.forward(hidden).Dispose();
        }

        using var step = run.Step();
        Should.Throw<InvalidOperationException>(() => layer.forward(hidden)).Message.ShouldContain("a batch of 3");
    }

    private static double RelativeError(Tensor actual, Tensor expected)
    {
        using var difference = actual.sub(expected);
        using var error = difference.norm();
        using var size = expected.norm();
        return error.item<float>() / size.item<float>();
    }
}
