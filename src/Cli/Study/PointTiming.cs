using DiTFastAttn.Cli.Run;
using DiTFastAttn.Hosting;
using DiTFastAttn.Hosting.Composition;
using DiTFastAttn.Models;
using Microsoft.Extensions.DependencyInjection;

namespace DiTFastAttn.Cli.Study;

/// <summary>The attached model of a point, and its times: with the plan and with full attention in turn, so that a machine whose speed drifts slows both alike.</summary>
internal sealed class PointTiming : IDisposable
{
    private const int WarmUpSteps = 2;

    private readonly VerbCall _call;
    private readonly StudyModel _model;
    private readonly PictureSettings _sampling;
    private readonly ServiceProvider _services;
    private readonly AttentionTimings _timings;

    public PointTiming(VerbCall call, StudyModel model, PictureSettings sampling)
    {
        (_call, _model, _sampling) = (call, model, sampling);
        Attached = model.Attach(builder => builder.UseTiming(waitsForDevice: true), out _services);
        _timings = _services.GetRequiredService<AttentionTimings>();
    }

    /// <summary>The model.</summary>
    public AttachedModel Attached { get; }

    /// <summary>The point with the times of a batch, the least of all rounds.</summary>
    /// <param name="name">The point's name.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="rounds">How many rounds; 0 for no times.</param>
    /// <param name="point">The point without times.</param>
    public PointRecord Measure(string name, AttentionPlan plan, int rounds, PointRecord point)
    {
        RunTimes? ownTimes = null, fullTimes = null;
        Rounds(name, plan, rounds, (isPlan, times) =>
        {
            ref var least = ref isPlan ? ref ownTimes : ref fullTimes;
            least = least is null ? times
                : new RunTimes(Math.Min(least.Whole, times.Whole), Math.Min(least.Transformer, times.Transformer), Math.Min(least.Attention, times.Attention));
        });

        // A plan that is full everywhere is full attention.
        var own = ownTimes ?? fullTimes;
        return point with
        {
            Seconds = own?.Whole, TransformerSeconds = own?.Transformer, AttentionSeconds = own?.Attention,
            FullSeconds = fullTimes?.Whole, FullTransformerSeconds = fullTimes?.Transformer, FullAttentionSeconds = fullTimes?.Attention,
        };
    }

    /// <summary>A strategy's seconds of a call, of those of full attention: the least of all rounds of each.</summary>
    /// <param name="name">The point's name.</param>
    /// <param name="strategy">The strategy.</param>
    /// <param name="plan">A plan with it behind the first step.</param>
    /// <param name="rounds">How many rounds.</param>
    public double ShareOf(string name, string strategy, AttentionPlan plan, int rounds)
    {
        var (own, full) = (double.PositiveInfinity, double.PositiveInfinity);
        Rounds(name, plan, rounds, (isPlan, _) =>
        {
            if (isPlan)
            {
                own = Math.Min(own, SecondsACall(strategy));
            }
            else
            {
                full = Math.Min(full, SecondsACall("full"));
            }
        });
        return own / full;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Attached.Dispose();
        _services.Dispose();
    }

    private void Rounds(string name, AttentionPlan plan, int rounds, Action<bool, RunTimes> drawn)
    {
        if (rounds == 0)
        {
            return;
        }

        var request = _model.Pipeline.RunRequest(_sampling);
        var full = AttentionPlan.AllFull(Attached, request.Guidance, plan.Steps);
        var isFull = plan.Rows.All(row => row.All(id => id == "full"));
        IReadOnlyList<PictureRequest> pictures = [.. _model.Pictures(_model.Study.NegativePrompt).Take(_model.Study.Batch)];
        var batch = new TimedBatch(
            Attached, _timings, request, () => _model.Pipeline.Begin(pictures, _sampling), latents => _model.Pipeline.Decode(latents, _sampling), _model.Pipeline.Device);
        using var bar = new ProgressBar(_call.Terminal, $"{name}: times", (isFull ? 1L : 2L) * rounds * plan.Steps, "steps");
        long done = 0;
        WarmUp(plan, request, pictures);
        for (var round = 0; round < rounds; round++)
        {
            // Which goes first changes from round to round.
            foreach (var isPlan in isFull ? [false] : round % 2 == 0 ? (bool[])[false, true] : [true, false])
            {
                var (drawnPictures, times) = batch.Draw(isPlan ? plan : full, () => bar.Report(++done), _call.Cancellation);
                drawnPictures.Dispose();
                drawn(isPlan, times);
            }
        }
    }

    private void WarmUp(AttentionPlan plan, RunRequest request, IReadOnlyList<PictureRequest> pictures)
    {
        using var noGrad = TorchSharp.torch.no_grad();
        using var trajectory = _model.Pipeline.Begin(pictures, _sampling);
        using var run = Attached.BeginRun(plan, request);
        for (var step = 0; step < Math.Min(WarmUpSteps, trajectory.Steps); step++)
        {
            _call.Cancellation.ThrowIfCancellationRequested();
            using var open = run.Step();
            using var output = trajectory.Predict();
            trajectory.Advance(output);
        }
    }

    private double SecondsACall(string strategy)
    {
        string[] sites = [.. StudyModel.Compressed(Attached).Select(site => Attached.Sites[site].Name)];
        var rows = _timings.Rows.Where(row => row.Strategy == strategy && sites.Contains(row.Site, StringComparer.Ordinal)).ToList();
        return rows.Sum(row => row.Seconds) / rows.Sum(row => row.Calls);
    }
}
