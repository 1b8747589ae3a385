using System.Text.Json.Nodes;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>scheduler.config</c>: a published <c>scheduler_config.json</c> read into a DPM-Solver, whatever class it was written for.</summary>
internal sealed class SchedulerFile : ICaseKind
{
    private const int Steps = 10;

    /// <inheritdoc/>
    public string Name => "scheduler.config";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        if (file.Call.Text("load_as") is var name && name != "DPMSolverMultistepScheduler")
        {
            throw new UnsupportedCaseException($"this build reads no files into '{name}'");
        }

        var config = DpmSolverConfig.Parse(file.Root.Member("in").Text("text"));
        using var scheduler = config.CreateScheduler(Steps);
        answer.Out["num_train_timesteps"] = config.TrainTimesteps;
        answer.Out["beta_start"] = config.BetaStart;
        answer.Out["beta_end"] = config.BetaEnd;
        answer.Out["beta_schedule"] = config.BetaSchedule switch { BetaSchedule.Linear => "linear", BetaSchedule.ScaledLinear => "scaled_linear", _ => "squaredcos_cap_v2" };
        answer.Out["solver_order"] = config.SolverOrder;
        answer.Out["solver_type"] = config.SolverType.ToString().ToLowerInvariant();
        answer.Out["algorithm_type"] = config.Algorithm switch
        {
            DpmAlgorithm.DataPrediction => "dpmsolver++",
            DpmAlgorithm.StochasticDataPrediction => "sde-dpmsolver++",
            DpmAlgorithm.NoisePrediction => "dpmsolver",
            _ => "sde-dpmsolver",
        };
        answer.Out["prediction_type"] = config.PredictionType switch
        {
            PredictionType.VPrediction => "v_prediction",
            PredictionType.FlowPrediction => "flow_prediction",
            var type => type.ToString().ToLowerInvariant(),
        };
        answer.Out["timestep_spacing"] = config.TimestepSpacing.ToString().ToLowerInvariant();
        answer.Out["steps_offset"] = config.StepsOffset;
        answer.Out["final_sigmas_type"] = config.FinalSigmaZero ? "zero" : "sigma_min";
        answer.Out["lower_order_final"] = config.LowerOrderFinal;
        answer.Out["euler_at_final"] = config.EulerAtFinal;
        answer.Out["use_karras_sigmas"] = config.UseKarrasSigmas;
        answer.Out["thresholding"] = config.Thresholding;
        answer.Out["variance_type"] = config.VarianceType switch
        {
            null => null,
            VarianceType.FixedSmall => "fixed_small",
            VarianceType.FixedSmallLog => "fixed_small_log",
            VarianceType.FixedLarge => "fixed_large",
            VarianceType.Learned => "learned",
            _ => "learned_range",
        };
        answer.Out["lambda_min_clipped"] = double.IsNegativeInfinity(config.LambdaMinClipped) ? "-inf" : config.LambdaMinClipped;
        answer.Out["timesteps_for_10"] = new JsonArray([.. scheduler.Timesteps.Select(t => JsonValue.Create((double)t))]);
    }
}
