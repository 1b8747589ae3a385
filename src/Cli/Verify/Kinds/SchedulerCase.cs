using System.Text.Json;
using DiTFastAttn.Models;
using TorchSharp;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>What the kinds with a sampling loop share: schedulers from configurations, noise by step.</summary>
internal static class SchedulerCase
{
    private static readonly string[] Known = ["DDIMScheduler", "DDPMScheduler", "DPMSolverMultistepScheduler", "IDDPM"];

    /// <summary>A scheduler's settings, with DDIM's share of noise from the call.</summary>
    /// <param name="config">A <c>scheduler_config.json</c> with its class's name.</param>
    /// <param name="call">Where <c>eta</c> may stand.</param>
    public static SchedulerConfig Parse(JsonElement config, JsonElement call)
    {
        if (config.Text("_class_name") is var name && !Known.Contains(name))
        {
            throw new UnsupportedCaseException($"this build has no scheduler '{name}'");
        }

        var parsed = SchedulerConfig.Parse(config.GetRawText());
        return parsed is DdimConfig ddim && call.Optional("eta") is not null ? ddim with { Eta = call.Number("eta") } : parsed;
    }

    /// <summary>Noise of a step from a tensor <c>[T, n, …]</c>, or <see langword="null"/> where the case has none.</summary>
    /// <param name="noise">The tensor; stays the caller's.</param>
    public static Func<int, torch.Tensor>? PerStep(torch.Tensor? noise) => noise is null ? null : step => noise[step];
}
