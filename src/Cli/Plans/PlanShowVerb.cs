using System.CommandLine;
using DiTFastAttn.Cli.Drawing;

namespace DiTFastAttn.Cli.Plans;

/// <summary><c>plan show</c>: draws a plan in the terminal, and as SVG and PNG where asked.</summary>
internal sealed class PlanShowVerb : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "A plan." };

    public PlanShowVerb()
        : base("show", "Draw a plan in the terminal; with --out also as plan.svg and plan.png.")
    {
        Add(_file);
        Add(CommonOptions.Out);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var plan = PlanInput.Load(call.Get(_file)!);
        var folder = call.Get(CommonOptions.Out);
        if (folder is not null)
        {
            OutputPath.CheckFolder("--out", folder);
        }

        PlanText.Write(plan, call.Terminal);
        foreach (var line in PlanInput.StrategiesOfOthers(plan))
        {
            call.Terminal.Log.WriteLine(line);
        }

        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
            var (svg, png) = (Path.Combine(folder, "plan.svg"), Path.Combine(folder, "plan.png"));
            PlanDrawing.WriteSvg(plan, svg);
            PlanDrawing.WritePng(plan, png);
            call.Terminal.Line($"written: {svg}, {png}");
        }

        return ExitStatus.Done;
    }
}
