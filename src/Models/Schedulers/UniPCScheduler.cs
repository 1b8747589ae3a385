using DiTFastAttn.Models.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// UniPC, multistep (Zhao et al. 2023, arXiv 2302.04867, algorithms 5 to 8), as diffusers computes it: every step first corrects the sample
/// it is given with the new output, then predicts the next. It remembers outputs and a sample; they are freed with it.
/// </summary>
public sealed class UniPCScheduler : IScheduler
{
    private readonly UniPCConfig _config;
    private readonly float[] _alphasCumprod;
    private readonly float[] _sigmas;
    private readonly List<Tensor> _outputs = [];
    private Tensor? _corrected;
    private int _next;

    internal UniPCScheduler(UniPCConfig config, int steps)
    {
        _config = config;
        _alphasCumprod = NoiseSchedule.AlphasCumprodAboveZero(config);
        (var timesteps, _sigmas) = UniPCSigmas.Compute(config, _alphasCumprod, steps);
        Timesteps = Array.ConvertAll(timesteps, t => (float)t);
        for (var step = 0; step < timesteps.Length; step++)
        {
            // Nothing divides by the length of a last step of first or second order.
            var isNothing = _sigmas[step + 1] == _sigmas[step] && step == timesteps.Length - 1 && OrderAt(step) <= 2;
            ConfigChecks.Require(
                _sigmas[step + 1] < _sigmas[step] || isNothing, Name, "steps", steps,
                $"less: with these settings the noise level does not fall from step {step} to {step + 1}");
        }
    }

    /// <inheritdoc/>
    public string Name => _config.Name;

    /// <inheritdoc/>
    public IReadOnlyList<float> Timesteps { get; }

    /// <summary>The noise level σ before each step, and after the last.</summary>
    public IReadOnlyList<float> Sigmas => _sigmas;

    /// <summary>ᾱ of every training timestep.</summary>
    public IReadOnlyList<float> AlphasCumprod => _alphasCumprod;

    /// <inheritdoc/>
    /// <remarks>The outputs of the steps before as the solver keeps them, the newest first, and the sample that the last step began with, corrected.</remarks>
    public IReadOnlyList<Tensor> Memory => _corrected is null ? [] : [.. _outputs, _corrected];

    /// <inheritdoc/>
    public bool TakesVariance => false;

    /// <inheritdoc/>
    public bool AddsNoise(int step) => false;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The steps are not taken in order.</exception>
    public Tensor Step(Tensor output, int step, Tensor sample, Tensor? noise = null)
    {
        StepInputs.Check(this, output, step, sample, noise);
        if (step == 0)
        {
            Dispose();
        }
        else if (step != _next)
        {
            throw new InvalidOperationException($"{Name}: step {step} cannot follow step {_next - 1}: a multistep solver goes on from the outputs before.");
        }

        using var scope = NewDisposeScope();
        var converted = Convert(output, step, sample);
        var corrected = step > 0 && !_config.DisableCorrector.Contains(step - 1) ? Update(step - 1, _corrected!, converted) : sample;
        Remember(converted, corrected);
        _next = step + 1;
        return Update(step, corrected, correction: null).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Restore(int step, IReadOnlyList<Tensor> memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        Tensor[] kept = [.. memory.Select(tensor => tensor.alias().DetachFromDisposeScope())];
        Dispose();
        _outputs.AddRange(kept.SkipLast(1));
        _corrected = kept.LastOrDefault();
        _next = step;
    }

    /// <summary>Frees what is remembered.</summary>
    public void Dispose()
    {
        _outputs.ForEach(o => o.Dispose());
        _outputs.Clear();
        _corrected?.Dispose();
        _corrected = null;
        _next = 0;
    }

    /// <inheritdoc cref="NoiseLevels.Parts"/>
    private (double Alpha, double Sigma, double Lambda) Level(int index) => NoiseLevels.Parts(_sigmas[index], _config.UseFlowSigmas);

    private Tensor Convert(Tensor output, int step, Tensor sample)
    {
        var (alpha, sigma, _) = Level(step);
        if (!_config.PredictX0)
        {
            return Prediction.Noise(_config.PredictionType, output, sample, alpha, sigma);
        }

        // A flow's velocity belongs to σ itself, also where the rest is reckoned with α² + σ² = 1.
        var clean = Prediction.Clean(
            _config.PredictionType, output, sample, alpha, _config.PredictionType == PredictionType.FlowPrediction ? _sigmas[step] : sigma);
        return _config.Thresholding ? Prediction.Threshold(clean, _config) : clean;
    }

    private void Remember(Tensor output, Tensor corrected)
    {
        // Copies: both may be views of the caller's tensors.
        _outputs.Insert(0, output.clone().DetachFromDisposeScope());
        if (_outputs.Count > _config.SolverOrder)
        {
            _outputs[^1].Dispose();
            _outputs.RemoveAt(_outputs.Count - 1);
        }

        _corrected?.Dispose();
        _corrected = corrected.clone().DetachFromDisposeScope();
    }

    private int OrderAt(int step)
    {
        var most = _config.LowerOrderFinal ? Math.Min(_config.SolverOrder, Timesteps.Count - step) : _config.SolverOrder;
        return Math.Min(most, step + 1);
    }

    /// <summary>From the sample at a step to the next noise level: UniP, or UniC where the output there is known already.</summary>
    private Tensor Update(int step, Tensor sample, Tensor? correction)
    {
        var (from, to) = (Level(step), Level(step + 1));
        var h = to.Lambda - from.Lambda;
        var signed = _config.PredictX0 ? -h : h;
        var phi = Math.Exp(signed) - 1;
        var b = _config.ExponentialB ? phi : signed;
        var (ratio, scale) = _config.PredictX0 ? (to.Sigma / from.Sigma, to.Alpha) : (to.Alpha / from.Alpha, to.Sigma);

        var points = Enumerable.Range(1, OrderAt(step) - 1).Select(k => (Level(step - k).Lambda - from.Lambda) / h).ToArray();
        var weights = UniPCWeights.Solve(correction is null ? points : [.. points, 1], signed, phi, b);
        var result = (sample * ratio) - (_outputs[0] * (scale * phi));
        for (var k = 0; k < points.Length; k++)
        {
            result -= (_outputs[k + 1] - _outputs[0]) * (scale * b * weights[k] / points[k]);
        }

        return correction is null ? result : result - ((correction - _outputs[0]) * (scale * b * weights[^1]));
    }
}
