using DiTFastAttn.Models.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// DPM-Solver and DPM-Solver++, multistep (Lu et al. 2022, arXiv 2206.00927 and 2211.01095), as diffusers computes it. It
/// remembers the last model outputs; they are freed with it.
/// </summary>
public sealed class DpmSolverScheduler : IScheduler
{
    private const int ShortRun = 15;
    private const int ChannelsBesideVariance = 3;

    private readonly DpmSolverConfig _config;
    private readonly float[] _alphasCumprod;
    private readonly float[] _sigmas;
    private readonly List<Tensor> _outputs = [];
    private int _next;

    internal DpmSolverScheduler(DpmSolverConfig config, int steps)
    {
        _config = config;
        _alphasCumprod = NoiseSchedule.AlphasCumprodAboveZero(config);
        (var timesteps, _sigmas) = DpmSigmas.Compute(config, _alphasCumprod, steps);
        Timesteps = Array.ConvertAll(timesteps, t => (float)t);
        RequireFallingSigmas(steps);
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
    /// <remarks>The outputs of the steps before as the solver keeps them, the newest first.</remarks>
    public IReadOnlyList<Tensor> Memory => _outputs;

    /// <inheritdoc/>
    public bool TakesVariance => _config.VarianceType is VarianceType.Learned or VarianceType.LearnedRange;

    /// <inheritdoc/>
    public bool AddsNoise(int step) => _config.Algorithm is DpmAlgorithm.StochasticDataPrediction or DpmAlgorithm.StochasticNoisePrediction;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The steps are not taken in order.</exception>
    public Tensor Step(Tensor output, int step, Tensor sample, Tensor? noise = null)
    {
        StepInputs.Check(this, output, step, sample, noise);
        ConfigChecks.Require(
            !TakesVariance || sample.shape[1] == ChannelsBesideVariance, Name, "variance_type", _config.VarianceType,
            $"null for {sample.shape[1]} channels, with the variance half dropped before: this solver keeps {ChannelsBesideVariance} channels");
        if (step == 0)
        {
            Dispose();
        }
        else if (step != _next)
        {
            throw new InvalidOperationException($"{Name}: step {step} cannot follow step {_next - 1}: a multistep solver goes on from the outputs before.");
        }

        using var scope = NewDisposeScope();
        Remember(Convert(output, step, sample));
        _next = step + 1;
        var result = Solve(step, OrderAt(step), sample);
        if (AddsNoise(step))
        {
            result += noise! * NoiseFactor(step);
        }

        Forget();
        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Restore(int step, IReadOnlyList<Tensor> memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        Tensor[] kept = [.. memory.Select(output => output.alias().DetachFromDisposeScope())];
        Dispose();
        _outputs.AddRange(kept);
        _next = step;
    }

    /// <summary>Frees the remembered outputs.</summary>
    public void Dispose()
    {
        _outputs.ForEach(o => o.Dispose());
        _outputs.Clear();
        _next = 0;
    }

    /// <inheritdoc cref="NoiseLevels.Parts"/>
    private (double Alpha, double Sigma, double Lambda) Level(int index) => NoiseLevels.Parts(_sigmas[index], _config.UseFlowSigmas);

    private Tensor Convert(Tensor output, int step, Tensor sample)
    {
        var (alpha, sigma, _) = Level(step);
        var predicted = TakesVariance ? output.narrow(1, 0, ChannelsBesideVariance) : output;
        if (_config.Algorithm is DpmAlgorithm.DataPrediction or DpmAlgorithm.StochasticDataPrediction)
        {
            var clean = Prediction.Clean(_config.PredictionType, predicted, sample, alpha, sigma);
            return _config.Thresholding ? Prediction.Threshold(clean, _config) : clean;
        }

        var noise = Prediction.Noise(_config.PredictionType, predicted, sample, alpha, sigma);
        if (!_config.Thresholding)
        {
            return noise;
        }

        var thresholded = Prediction.Threshold((sample - (noise * sigma)) / alpha, _config);
        return (sample - (thresholded * alpha)) / sigma;
    }

    // A copy: the conversion may be a view of the caller's tensor.
    private void Remember(Tensor output) => _outputs.Insert(0, output.clone().DetachFromDisposeScope());

    /// <summary>Frees what no later step reads: with its own output a step has one more.</summary>
    private void Forget()
    {
        if (_outputs.Count >= _config.SolverOrder)
        {
            _outputs[^1].Dispose();
            _outputs.RemoveAt(_outputs.Count - 1);
        }
    }

    private int OrderAt(int step)
    {
        var count = Timesteps.Count;
        var isShort = _config.LowerOrderFinal && count < ShortRun;
        if (step == count - 1 && (_config.EulerAtFinal || isShort || _config.FinalSigmaZero))
        {
            return 1;
        }

        var most = step == count - 2 && isShort ? 2 : 3;
        return Math.Min(Math.Min(most, _config.SolverOrder), step + 1);
    }

    /// <summary>A step that changes no noise level is nothing, but what divides by it is not a number: as diffusers' result, which is refused here.</summary>
    private void RequireFallingSigmas(int steps)
    {
        for (var step = 0; step < Timesteps.Count; step++)
        {
            var isNothing = _sigmas[step + 1] == _sigmas[step]
                && (OrderAt(step) == 1 || (OrderAt(step) == 2 && _config.SolverType == DpmSolverType.Midpoint))
                && (step + 1 >= Timesteps.Count || OrderAt(step + 1) == 1)
                && (step + 2 >= Timesteps.Count || OrderAt(step + 2) < 3);
            ConfigChecks.Require(
                _sigmas[step + 1] < _sigmas[step] || isNothing, Name, "steps", steps,
                $"less: with these settings the noise level does not fall from step {step} to {step + 1}");
        }
    }

    private Tensor Solve(int step, int order, Tensor sample)
    {
        var (from, to) = (Level(step), Level(step + 1));
        var h = to.Lambda - from.Lambda;
        var (ratio, first, middle, second, third) = Coefficients(from, to, h);
        var result = (sample * ratio) + (_outputs[0] * first);
        if (order == 1)
        {
            return result;
        }

        var r0 = (from.Lambda - Level(step - 1).Lambda) / h;
        var d0 = (_outputs[0] - _outputs[1]) / r0;
        if (order == 2)
        {
            return result + (d0 * (_config.SolverType == DpmSolverType.Midpoint ? middle : second));
        }

        var r1 = (Level(step - 1).Lambda - Level(step - 2).Lambda) / h;
        var d1 = (_outputs[1] - _outputs[2]) / r1;
        var slope = d0 + ((d0 - d1) * (r0 / (r0 + r1)));
        var curvature = (d0 - d1) / (r0 + r1);
        return result + (slope * second) + (curvature * third);
    }

    /// <summary>
    /// What multiplies the sample, the newest output, its first difference (by the midpoint rule, or by Heun's and in third
    /// order) and its second difference.
    /// </summary>
    private (double Sample, double First, double Midpoint, double Second, double Third) Coefficients(
        (double Alpha, double Sigma, double Lambda) from, (double Alpha, double Sigma, double Lambda) to, double h)
    {
        switch (_config.Algorithm)
        {
            case DpmAlgorithm.DataPrediction:
            {
                var e = Math.Exp(-h) - 1;
                return (to.Sigma / from.Sigma, -to.Alpha * e, -0.5 * to.Alpha * e, to.Alpha * ((e / h) + 1), -to.Alpha * (((e + h) / (h * h)) - 0.5));
            }

            case DpmAlgorithm.NoisePrediction:
            {
                var e = Math.Exp(h) - 1;
                return (to.Alpha / from.Alpha, -to.Sigma * e, -0.5 * to.Sigma * e, -to.Sigma * ((e / h) - 1), -to.Sigma * (((e - h) / (h * h)) - 0.5));
            }

            case DpmAlgorithm.StochasticDataPrediction:
            {
                var e = 1 - Math.Exp(-2 * h);
                return (
                    to.Sigma / from.Sigma * Math.Exp(-h), to.Alpha * e, 0.5 * to.Alpha * e,
                    to.Alpha * ((e / (-2 * h)) + 1), to.Alpha * (((e - (2 * h)) / (4 * h * h)) - 0.5));
            }

            default:
            {
                // There is no third order of this form.
                var e = Math.Exp(h) - 1;
                return (to.Alpha / from.Alpha, -2 * to.Sigma * e, -to.Sigma * e, -2 * to.Sigma * ((e / h) - 1), double.NaN);
            }
        }
    }

    private double NoiseFactor(int step)
    {
        var (from, to) = (Level(step), Level(step + 1));
        var h = to.Lambda - from.Lambda;
        return to.Sigma * Math.Sqrt(_config.Algorithm == DpmAlgorithm.StochasticDataPrediction ? 1 - Math.Exp(-2 * h) : Math.Exp(2 * h) - 1);
    }
}
