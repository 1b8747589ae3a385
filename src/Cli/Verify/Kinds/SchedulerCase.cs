using System.Text.Json;
using DiTFastAttn.Models;
using TorchSharp;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>What the kinds with a sampling loop share: schedulers from configurations, noise by step.</summary>
internal static class SchedulerCase
{
    private static readonly string[] Known =
    [
        "DDIMScheduler", "DDPMScheduler", "DPMSolverMultistepScheduler", "EulerDiscreteScheduler", "FlowMatchEulerDiscreteScheduler",
        "UniPCMultistepScheduler", "IDDPM",
    ];

    /// <summary>A scheduler's settings, with the arguments of a call that diffusers does not keep in them.</summary>
    /// <param name="config">A <c>scheduler_config.json</c> with its class's name.</param>
    /// <param name="call">Where <c>eta</c> and <c>mu</c> may stand.</param>
    public static SchedulerConfig Parse(JsonElement config, JsonElement call)
    {
        if (config.Text("_class_name") is var name && !Known.Contains(name))
        {
            throw new UnsupportedCaseException($"this build has no scheduler '{name}'");
        }

        return SchedulerConfig.Parse(config.GetRawText()) switch
        {
            DdimConfig ddim when call.Optional("eta") is not null => ddim with { Eta = call.Number("eta") },
            FlowMatchEulerConfig flow when call.Optional("mu") is not null => flow with { Mu = call.Number("mu") },
            UniPCConfig unipc when call.Optional("mu") is not null => unipc with { Mu = call.Number("mu") },
            var parsed => parsed,
        };
    }

    /// <summary>Refuses arguments of a call that this build does not have.</summary>
    /// <exception cref="UnsupportedCaseException">There is one.</exception>
    public static void RequireKnownArguments(JsonElement arguments, params ReadOnlySpan<string> known)
    {
        foreach (var argument in arguments.EnumerateObject())
        {
            if (!known.Contains(argument.Name))
            {
                throw new UnsupportedCaseException($"this build's schedulers have no argument '{argument.Name}'");
            }
        }
    }

    /// <summary>Noise of a step from a tensor <c>[T, n, …]</c>, or <see langword="null"/> where the case has none.</summary>
    /// <param name="noise">The tensor; stays the caller's.</param>
    public static Func<int, torch.Tensor>? PerStep(torch.Tensor? noise) => noise is null ? null : step => noise[step];
}
