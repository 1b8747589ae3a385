using DiTFastAttn.Hosting.Composition;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests.Composition;

/// <summary>The layers that come with the package.</summary>
public sealed class LayerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Timing_sums_up_by_site_and_strategy(bool waitsForDevice)
    {
        using var services = Run.Services(builder => builder.UseTiming(waitsForDevice));
        var timings = services.GetRequiredService<AttentionTimings>();
        timings.Rows.ShouldBeEmpty();

        Run.Generate(services, "full", "wars+asc", "full", "ast");

        timings.Rows.Select(row => (row.Site, row.Strategy, row.Calls)).ShouldBe(
        [
            ("blocks.0.attn", "ast", 1), ("blocks.0.attn", "full", 2), ("blocks.0.attn", "wars+asc", 1),
            ("blocks.1.attn", "ast", 1), ("blocks.1.attn", "full", 2), ("blocks.1.attn", "wars+asc", 1),
        ]);
        timings.Rows.ShouldAllBe(row => row.Seconds > 0 && row.SlowestSeconds > 0 && row.SlowestSeconds <= row.Seconds);
        timings.Clear();
        timings.Rows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Timing_counts_every_call_of_every_thread()
    {
        using var services = Run.Services(builder => builder.UseTiming());

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Run.Generate(services, "full", "wa", "ast"))));

        services.GetRequiredService<AttentionTimings>().Rows.ShouldAllBe(row => row.Calls == 8);
    }

    [Fact]
    public void Logging_says_step_site_strategy_and_shape()
    {
        var logger = new ListLogger(LogLevel.Debug);
        using var services = Run.Services(builder => builder.UseLogging(), more => more.AddSingleton<ILoggerFactory>(logger));

        Run.Generate(services, "full", "wars");

        logger.Categories.Distinct().ShouldBe(["DiTFastAttn.Attention"]);
        logger.Lines.Count.ShouldBe(4);
        logger.Lines[2].ShouldMatch(@"^Debug: step 1, site blocks\.0\.attn: wars on \[2, 12, 16\] took [0-9.]+ ms$");
    }

    [Fact]
    public void Logging_that_nobody_listens_to_is_silent_and_failures_are_not()
    {
        var logger = new ListLogger(LogLevel.Error);
        using var services = Run.Services(
            builder => builder.AddProcessor("broken", _ => new Failing()).UseLogging(), more => more.AddSingleton<ILoggerFactory>(logger));

        Should.Throw<NotSupportedException>(() => Run.Generate(services, "full", "broken")).Message.ShouldBe("not today");

        logger.Lines.ShouldBe(["Error: step 1, site blocks.0.attn: broken on [2, 12, 16] failed (not today)"]);
    }

    [Fact]
    public void Logging_without_a_logger_says_what_to_add()
    {
        using var services = Run.Services(builder => builder.UseLogging());

        Should.Throw<InvalidOperationException>(() => Run.Generate(services, "full")).Message.ShouldBe("UseLogging finds no logging: add services.AddLogging(…).");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void The_check_names_the_first_output_that_is_no_number(float value)
    {
        using var services = Run.Services(builder => builder.AddProcessor("odd", _ => new Odd(value)).UseNaNCheck());

        var error = Should.Throw<AttentionNotFiniteException>(() => Run.Generate(services, "full", "odd+asc"));

        error.Message.ShouldBe("step 1, site 'blocks.0.attn': the output of 'odd+asc' has NaN or an infinity; the tokens that came in had none.");
        (error.Site, error.Step, error.Strategy, error.InTokens).ShouldBe(("blocks.0.attn", 1, "odd+asc", false));
    }

    [Fact]
    public void The_check_says_where_the_tokens_were_none_already()
    {
        using var services = Run.Services(builder => builder.UseNaNCheck());
        using var model = new ToyModel();
        using var attached = services.GetRequiredService<IFastAttention>().Attach(model);
        using var run = attached.BeginRun(AttentionPlan.AllFull(attached, Guidance.None, 1), new RunRequest(1, Guidance.None));
        using var tokens = full([1, 4, 16], float.NaN);
        using var step = run.Step();

        Should.Throw<AttentionNotFiniteException>(() => model.forward(tokens)).Message.ShouldEndWith("the tokens that came in had some already, so look before this site.");
    }

    [Fact]
    public void A_recording_has_copies_that_outlive_the_run()
    {
        using var recording = new AttentionRecording(site => site == "blocks.1.attn");
        using var services = Run.Services(builder => builder.UseRecording(recording));

        using (NewDisposeScope())
        {
            Run.Generate(services, "full", "wars", "ast");
        }

        var calls = recording.Calls;
        calls.Select(call => (call.Site, call.Step, call.Strategy)).ShouldBe([("blocks.1.attn", 0, "full"), ("blocks.1.attn", 1, "wars"), ("blocks.1.attn", 2, "ast")]);
        calls.ShouldAllBe(call => call.Tokens.shape.SequenceEqual(new long[] { 2, 12, 16 }) && call.Output.shape.SequenceEqual(new long[] { 2, 12, 16 }));
        calls[2].Output.data<float>().ToArray().ShouldBe(calls[1].Output.data<float>().ToArray(), "ast gives the last output again");
        calls[2].Tokens.data<float>().ToArray().ShouldNotBe(calls[1].Tokens.data<float>().ToArray());

        recording.Clear();
        calls[0].Output.IsInvalid.ShouldBeTrue();
        recording.Calls.ShouldBeEmpty();
    }

    [Fact]
    public void A_recording_that_was_disposed_records_no_more()
    {
        var recording = new AttentionRecording();
        using var services = Run.Services(builder => builder.UseRecording(recording));
        recording.Dispose();

        Run.Generate(services, "full");

        recording.Calls.ShouldBeEmpty();
    }

    private sealed class Failing : IAttentionProcessor
    {
        public ProcessorTraits Traits { get; } = new(SiteState.None, SiteState.Output);

        public Tensor Attend(in AttentionCall call) => throw new NotSupportedException("not today");

        public AttentionCost Cost(in SiteShape shape) => default;
    }

    private sealed class Odd(float value) : IAttentionProcessor
    {
        public ProcessorTraits Traits { get; } = new(SiteState.None, SiteState.Output);

        public Tensor Attend(in AttentionCall call)
        {
            var output = call.Hidden.clone();
            output[0, 0, 0] = value;
            return output;
        }

        public AttentionCost Cost(in SiteShape shape) => default;
    }
}
