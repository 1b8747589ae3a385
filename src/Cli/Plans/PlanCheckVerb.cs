using System.CommandLine;
using System.Globalization;
using DiTFastAttn.Models;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;

namespace DiTFastAttn.Cli.Plans;

/// <summary><c>plan check</c>: says everything of a plan that does not fit a model and a run.</summary>
internal sealed class PlanCheckVerb : Verb
{
    private static readonly Option<int?> Steps = ValueOption.OptionalInteger(
        ["--n-steps", "--n_steps"], "Denoising steps of the run; the plan's where not given.", 1, 1000);

    private static readonly Option<double?> Scale = ValueOption.Make<double?>(
        ["--guidance-scale"], "N", "Guidance scale of the run; as the plan says where not given.",
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var scale) && double.IsFinite(scale)
            ? scale
            : throw new FormatException("give a number, for example 4"));

    private readonly Argument<string> _file = new("FILE") { Description = "A plan, or periodic:STRATEGY/N." };

    private readonly Option<string?> _model = ValueOption.Text(
        ["--model"], "demo|FILE", "The model: a DiT checkpoint (.safetensors with its config), or the embedded one.");

    public PlanCheckVerb()
        : base("check", "Check a plan against a model and a run; every mismatch at once.")
    {
        Add(_file);
        Add(_model);
        Add(Steps);
        Add(GuidanceOption.Option);
        Add(Scale);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var file = call.Get(_file)!;
        var given = GivenPlan.Of("FILE", file);
        using var checkpoint = ModelInput.Load(call.Get(_model) ?? ModelInput.Demo);
        using var attached = AttachedModel.Attach(checkpoint.Model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper, subLayers: given.HasSubLayers);

        // A plan of a file does not look at the request; a periodic one takes steps and guidance from it.
        var asked = new RunRequest(call.Get(Steps) ?? 50, call.Get(GuidanceOption.Option) ?? Guidance.ConditionalFirst);
        var plan = given.Provider.GetPlan(new PlanRequest(attached, asked));
        var sampler = Sampler(file, checkpoint, call.Get(Steps) ?? plan.Steps);
        var request = sampler.RunRequest with { Guidance = call.Get(GuidanceOption.Option) ?? plan.Guidance, GuidanceScale = call.Get(Scale) };
        var mismatches = attached.FindMismatches(plan, request);
        foreach (var mismatch in mismatches)
        {
            call.Terminal.Line(mismatch);
        }

        call.Terminal.Line(mismatches.Count == 0
            ? $"{file}: fits {request.Steps} steps of {request.Scheduler} on {attached.Fingerprint.Name}, {request.Tokens} tokens."
            : $"{file}: {mismatches.Count} mismatch{(mismatches.Count == 1 ? "" : "es")}.");
        call.WriteJson(new Result(mismatches.Count == 0, mismatches));
        return mismatches.Count == 0 ? ExitStatus.Done : ExitStatus.CheckFailed;
    }

    private static DiTSampler Sampler(string file, DiTCheckpoint checkpoint, int steps)
    {
        try
        {
            return new DiTSampler(checkpoint.Model, checkpoint.Scheduler, new DiTSamplingOptions { Steps = steps, GuidanceScale = 2, ConditionalFirst = true });
        }
        catch (ArgumentException error)
        {
            throw new UserErrorException($"{file}: {error.Message}", error);
        }
    }

    private sealed record Result(bool Fits, IReadOnlyList<string> Mismatches);
}
