using DiTFastAttn.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Tests;

/// <summary>State of strategies' own lives in the run as residual and output do.</summary>
public sealed class OwnStateTests : IDisposable
{
    private static readonly OwnState Mean = new("test.mean");
    private static readonly OwnState Sum = new("test.sum");

    private readonly ToyModel _model = new(blocks: 1);
    private readonly List<string> _log = [];
    private readonly AttachedModel _attached;

    public OwnStateTests()
    {
        var catalog = new TestCatalog()
            .With("write", Strategy([], [Mean], call => Write(call)))
            .With("read", Strategy([Mean], [], call => Read(call, Mean)))
            .With("sum", Strategy([Sum], [Sum], Accumulate))
            .With("stray", Strategy([], [], call => Read(call, Mean)))
            .With("write+half", Strategy([], [Mean], call => OnHalf(call, half => Write(half))))
            .With("read+half", Strategy([Mean], [], call => OnHalf(call, half => Read(half, Mean))));
        _attached = AttachedModel.Attach(_model, catalog, new TorchKernel(), AttentionWindow.Paper);
    }

    [Fact]
    public void It_lives_from_its_first_writer_to_its_last_reader()
    {
        using var run = Begin(Guidance.None, "full", "write", "full", "write", "read", "full", "read", "full", "write");

        var held = Enumerable.Range(0, 9).Select(_ => Step(run)).ToList();

        // [2, 1, 8] numbers of 4 bytes; outputs and residuals have no reader in this plan.
        held.ShouldBe([0, 64, 64, 64, 64, 64, 0, 0, 0]);
        _log.ShouldBe(["wrote 1", "found 1 wrote 3", "read 3", "read 3", "dropped 8"]);
    }

    [Fact]
    public void What_is_read_before_it_is_written_is_refused_and_what_begins_itself_is_not()
    {
        Should.Throw<PlanMismatchException>(() => Begin(Guidance.None, "full", "full", "read"))
            .Message.ShouldBe("rows: step 2 of site 'blocks.0' is 'read', which reads 'test.mean', and no earlier step writes it.");

        using var run = Begin(Guidance.None, "full", "sum", "full", "sum", "sum");
        for (var step = 0; step < 5; step++)
        {
            Step(run);
        }

        _log.ShouldBe(["sum 1", "sum 2", "sum 3"]);
        run.StateBytes.ShouldBe(0, "the last sum has no reader");
    }

    [Fact]
    public void Reading_what_was_not_declared_says_so()
    {
        using var run = Begin(Guidance.None, "full", "stray");
        Step(run);

        Should.Throw<InvalidOperationException>(() => Step(run))
            .Message.ShouldBe("site 'blocks.0' has no 'test.mean' to read: its strategy reads it without declaring it in Traits.OwnReads.");
    }

    [Theory]
    [InlineData(Guidance.ConditionalFirst, "write", "read", "0 1")]
    [InlineData(Guidance.ConditionalFirst, "write", "read+half", "0")]
    [InlineData(Guidance.ConditionalLast, "write", "read+half", "1")]
    [InlineData(Guidance.ConditionalFirst, "write+half", "read", "0 0")]
    [InlineData(Guidance.ConditionalLast, "write+half", "read", "1 1")]
    [InlineData(Guidance.ConditionalLast, "write+half", "read+half", "1")]
    public void Its_half_is_the_half_that_is_computed(Guidance guidance, string writer, string reader, string samples)
    {
        using var run = Begin(guidance, "full", writer, reader);
        using var tokens = tensor(new float[] { 0, 1 }).reshape(2, 1, 1).expand(2, 3, 8); // the mean of sample i is i
        for (var step = 0; step < 3; step++)
        {
            using (run.Step())
            {
                _model.Block(0).forward(tokens).Dispose();
            }
        }

        _log[^1].ShouldBe($"read 1: {samples}");
    }

    [Fact]
    public void Runs_have_their_own()
    {
        using var one = Begin(Guidance.None, "full", "sum", "sum");
        using var other = Begin(Guidance.None, "full", "sum", "sum");
        for (var step = 0; step < 3; step++)
        {
            Step(one);
            Step(other);
        }

        _log.ShouldBe(["sum 1", "sum 1", "sum 2", "sum 2"]);
    }

    [Fact]
    public void A_search_tries_what_finds_its_state_only()
    {
        using var run = _attached.BeginTrialRun(Guidance.None);
        using var tokens = Tensors.Tokens(2, 3, seed: 1);
        run.CanTry(0, "residual").ShouldBeFalse();
        Take("full");
        (run.CanTry(0, "residual"), run.CanTry(0, "output"), run.CanTry(0, "sum"), run.CanTry(0, "read")).ShouldBe((true, true, true, false));

        using (run.Try(["write"]))
        {
            _model.forward(tokens).Dispose();
        }

        run.CanTry(0, "read").ShouldBeFalse("trials leave nothing");
        Take("write");
        run.CanTry(0, "read").ShouldBeTrue();
        Should.Throw<PlanMismatchException>(() => run.CanTry(0, "nobody")).Message.ShouldStartWith("strategy 'nobody' is not known");

        void Take(string id)
        {
            using (run.Take([id]))
            {
                _model.forward(tokens).Dispose();
            }
        }
    }

    [Fact]
    public void Two_of_one_name_are_the_same() => new OwnState("test.mean").ShouldBe(Mean);

    public void Dispose()
    {
        _attached.Dispose();
        _model.Dispose();
    }

    private AttentionRun Begin(Guidance guidance, params string[] steps)
    {
        var plan = AttentionPlan.OfSteps(_attached, guidance, steps);
        return _attached.BeginRun(plan, new RunRequest(steps.Length, guidance));
    }

    private long Step(AttentionRun run)
    {
        using var tokens = Tensors.Tokens(2, 3, seed: 1);
        using var scope = NewDisposeScope();
        using (run.Step())
        {
            _model.forward(tokens).Dispose();
        }

        return run.StateBytes;
    }

    private Tensor Write(AttentionCall call)
    {
        var found = "";
        if (call.TryRead(Mean, out var old, out var step))
        {
            found = $"found {step} ";
            old.Dispose();
        }

        _log.Add(call.Keeps(Mean) ? $"{found}wrote {call.Step}" : $"dropped {call.Step}");
        call.Store(Mean, call.Hidden.mean([1L], keepdim: true)); // [b, L, d] -> [b, 1, d]
        return call.Hidden.alias();
    }

    private Tensor Read(AttentionCall call, OwnState state)
    {
        var (value, step) = call.Read(state);
        using (value)
        {
            _log.Add(call.Guidance == Guidance.None ? $"read {step}" : $"read {step}: {string.Join(' ', value.Values().Where((_, i) => i % 8 == 0))}");
            return call.Hidden.add(value);
        }
    }

    private Tensor Accumulate(AttentionCall call)
    {
        var count = 1;
        if (call.TryRead(Sum, out var old, out _))
        {
            using (old)
            {
                count += (int)old.Values()[0];
            }
        }

        _log.Add($"sum {count}");
        call.Store(Sum, full([2, 1], (float)count));
        return call.Hidden.alias();
    }

    private static Tensor OnHalf(AttentionCall call, Func<AttentionCall, Tensor> attend)
    {
        var half = call.Hidden.shape[0] / 2;
        using var hidden = call.Hidden.narrow(0, call.Guidance == Guidance.ConditionalLast ? half : 0, half);
        using var output = attend(call.ForConditionalHalf(hidden));
        return cat([output, output], 0); // [B/2, L, d] -> [B, L, d]
    }

    private static Declared Strategy(OwnState[] reads, OwnState[] writes, Func<AttentionCall, Tensor> attend) => new(reads, writes, attend);

    private sealed class Declared(OwnState[] reads, OwnState[] writes, Func<AttentionCall, Tensor> attend) : IAttentionProcessor
    {
        public ProcessorTraits Traits { get; } = new(SiteState.None, SiteState.Output) { OwnReads = reads, OwnWrites = writes };

        public Tensor Attend(in AttentionCall call) => attend(call);

        public AttentionCost Cost(in SiteShape shape) => default;
    }
}
