using System.CommandLine;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Plans;

/// <summary><c>plan retarget</c>: maps a plan to another number of steps by noise level, and marks it as unmeasured.</summary>
internal sealed class PlanRetargetVerb : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "A plan." };

    private readonly Option<string?> _model = ValueOption.Text(
        ["--model"], "demo|FILE", "The model whose noise schedule holds: a DiT checkpoint (.safetensors with its config), or the embedded one.");

    private readonly Option<string?> _target = ValueOption.Text(["--to"], "FILE", "The plan to write.");

    public PlanRetargetVerb()
        : base("retarget", "Map a plan to another number of steps by noise level; the result is marked as unmeasured.")
    {
        Add(_file);
        Add(_model);
        Add(CommonOptions.Steps);
        Add(_target);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var plan = PlanInput.Load(call.Get(_file)!);
        var target = call.Get(_target) ?? throw new UserErrorException("--to: give the file to write the plan to.");
        OutputPath.CheckFile("--to", target);
        using var checkpoint = ModelInput.Load(call.Get(_model) ?? ModelInput.Demo);
        var scheduler = checkpoint.Scheduler.Name;
        if (plan.Scheduler is { } name && name != scheduler)
        {
            throw new UserErrorException($"{call.Get(_file)}: made for the scheduler {name}; the noise levels of this model's checkpoint are those of {scheduler}.");
        }

        var mapped = PlanRetargeting.ByNoiseLevel(plan, Levels(plan.Steps), Levels(call.Get(CommonOptions.Steps)), scheduler);
        AtomicFile.WriteText(target, PlanFile.Write(mapped));
        call.Terminal.Line($"written: {target}; {mapped.Origin.Note}");
        return ExitStatus.Done;

        float[] Levels(int steps)
        {
            try
            {
                using var made = checkpoint.Scheduler.CreateScheduler(steps);
                return [.. made.Timesteps];
            }
            catch (ArgumentException error)
            {
                throw new UserErrorException($"{call.Get(_file)}: {error.Message}", error);
            }
        }
    }
}
