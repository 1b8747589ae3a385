using DiTFastAttn.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Tests;

/// <summary>The half whose residual or output is read is the half that is computed, whichever way round the batch is.</summary>
public sealed class GuidanceHalvesTests
{
    [Theory]
    [InlineData(Guidance.ConditionalFirst, "store", new float[] { 0, 1 })]
    [InlineData(Guidance.ConditionalLast, "store", new float[] { 2, 3 })]
    [InlineData(Guidance.ConditionalFirst, "store half", new float[] { 0, 1 })]
    [InlineData(Guidance.ConditionalLast, "store half", new float[] { 2, 3 })]
    public void Conditional_half_reads_its_own_state(Guidance guidance, string writer, float[] expected)
        => Read(guidance, writer, "read half").ShouldBe(expected);

    [Theory]
    [InlineData(Guidance.ConditionalFirst, "store", new float[] { 0, 1, 2, 3 })]
    [InlineData(Guidance.ConditionalLast, "store", new float[] { 0, 1, 2, 3 })]
    [InlineData(Guidance.ConditionalFirst, "store half", new float[] { 0, 1, 0, 1 })]
    [InlineData(Guidance.ConditionalLast, "store half", new float[] { 2, 3, 2, 3 })]
    public void Whole_batch_reads_both_halves_or_the_one_that_stands_for_both(Guidance guidance, string writer, float[] expected)
        => Read(guidance, writer, "read").ShouldBe(expected);

    [Theory]
    [InlineData(Guidance.ConditionalFirst, new float[] { 0, 1 })]
    [InlineData(Guidance.ConditionalLast, new float[] { 2, 3 })]
    public void Conditional_half_reads_its_own_output(Guidance guidance, float[] expected) => Read(guidance, "store", "read output half").ShouldBe(expected);

    /// <summary>Stores row b of the batch as the value b, and reads it at the next step.</summary>
    /// <returns>What was read, one value a row.</returns>
    private static float[] Read(Guidance guidance, string writer, string reader)
    {
        float[] seen = [];
        Tensor Store(AttentionCall call)
        {
            call.StoreResidual(call.Hidden.alias());
            return call.Hidden.alias();
        }

        Tensor ReadResidual(AttentionCall call) => See(call, call.ReadResidual());
        Tensor ReadOutput(AttentionCall call) => See(call, call.ReadOutput());
        Tensor See(AttentionCall call, Tensor read)
        {
            using (read)
            {
                read.shape[0].ShouldBe(call.Hidden.shape[0]);
                seen = read.Values();
            }

            return call.Hidden.alias();
        }

        Func<AttentionCall, Tensor> OnHalf(Func<AttentionCall, Tensor> attend) => call =>
        {
            using var half = call.Hidden.narrow(0, guidance == Guidance.ConditionalLast ? 2 : 0, 2);
            using var output = attend(call.ForConditionalHalf(half));
            return cat([output, output], 0);
        };

        var writes = SiteState.Residual | SiteState.Output;
        using var model = new ToyAttention();
        using var attached = AttachedModel.Attach(
            model,
            new TestCatalog()
                .With("full", new TestStrategy(SiteState.None, writes, needsGuidance: false, Store))
                .With("store", new TestStrategy(SiteState.None, writes, needsGuidance: false, Store))
                .With("store half", new TestStrategy(SiteState.None, writes, needsGuidance: true, OnHalf(Store)))
                .With("read", new TestStrategy(SiteState.Residual, SiteState.None, needsGuidance: false, ReadResidual))
                .With("read half", new TestStrategy(SiteState.Residual, SiteState.None, needsGuidance: true, OnHalf(ReadResidual)))
                .With("read output half", new TestStrategy(SiteState.Output, SiteState.None, needsGuidance: true, OnHalf(ReadOutput))),
            new TorchKernel(),
            AttentionWindow.Paper);
        using var run = attached.BeginRun(AttentionPlan.OfSteps(attached, guidance, ["full", writer, reader]), new RunRequest(3, guidance));
        using var rows = arange(4, float32).reshape(4, 1, 1);
        for (var step = 0; step < 3; step++)
        {
            using (run.Step())
            {
                model.forward(rows).Dispose();
            }
        }

        return seen;
    }
}
