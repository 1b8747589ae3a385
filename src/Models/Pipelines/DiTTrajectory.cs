using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>One generation of a <see cref="DiTSampler"/>, stepped through by its caller.</summary>
public sealed class DiTTrajectory : GuidedTrajectory, IDifferentiableTrajectory
{
    private readonly DiTModel _model;
    private readonly Tensor _labels;

    internal DiTTrajectory(
        DiTModel model, IScheduler scheduler, GuidedBatch batch, IReadOnlyList<int> labels, int nullLabel, Tensor latents, Func<int, Tensor>? noise)
        : base(scheduler, batch, latents, noise)
    {
        _model = model;
        _labels = tensor(batch.Labels(labels, nullLabel), device: latents.device).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public bool CanPullBack => !Scheduler.RemembersOutputs;

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The scheduler remembers earlier outputs.</exception>
    public Tensor Peek(Tensor output)
    {
        ArgumentNullException.ThrowIfNull(output);
        RequireStepLeft();
        using var noGrad = no_grad();
        using var latents = Latents();
        return Repeat(output, StepsTaken, latents);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The scheduler remembers earlier outputs.</exception>
    public IReadOnlyList<Tensor> PullBack(int step, Tensor latents, IReadOnlyList<Tensor> gradients)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(gradients);
        var samples = Enumerable.Range(0, (int)latents.shape[0]).Select(sample => PullBackOne(step, latents, gradients, sample)).ToArray();
        return [.. gradients.Select((_, i) =>
        {
            using var scope = NewDisposeScope();
            return cat([.. samples.Select(pulled => pulled[i].MoveToOtherDisposeScope(scope))], 0).MoveToOuterDisposeScope(); // n of [1, C, S, S] -> [n, C, S, S]
        })];
    }

    private protected override Tensor Call(Tensor input, Tensor timesteps) => _model.forward(input, timesteps, _labels);

    private protected override IBlockChain BeginBlocks(Tensor input, Tensor timesteps) => _model.BeginBlocks(input, timesteps, _labels);

    private protected override void DisposeConditions() => _labels.Dispose();

    private IList<Tensor> PullBackOne(int step, Tensor latents, IReadOnlyList<Tensor> gradients, int sample)
    {
        using var scope = NewDisposeScope();
        using var recording = enable_grad();
        var one = latents.narrow(0, sample, 1).detach().clone().requires_grad_(true);
        var count = latents.shape[0];
        var labels = Batch.Guidance == Guidance.None
            ? _labels.narrow(0, sample, 1)
            : cat([_labels.narrow(0, sample, 1), _labels.narrow(0, count + sample, 1)], 0);
        var input = Input(one, step);
        var next = Repeat(_model.forward(input, Timestep(input, step), labels), step, one);
        var pulled = new List<Tensor>();
        for (var i = 0; i < gradients.Count; i++)
        {
            var gradient = gradients[i].narrow(0, sample, 1);
            pulled.Add(autograd.grad([next], [one], [gradient], retain_graph: i + 1 < gradients.Count)[0].DetachFromDisposeScope());
        }

        return pulled;
    }

    /// <summary>A step that leaves nothing behind, for schedulers that remember nothing.</summary>
    private Tensor Repeat(Tensor output, int step, Tensor latents)
    {
        if (Scheduler.RemembersOutputs)
        {
            throw new NotSupportedException(
                $"the scheduler {Scheduler.Name} remembers earlier outputs: following an error along it needs one whose step depends on the current output only, such as ddim.");
        }

        return Next(output, step, latents);
    }
}
