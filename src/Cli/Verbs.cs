using System.CommandLine;
using DiTFastAttn.Cli.Bench;
using DiTFastAttn.Cli.Demo;
using DiTFastAttn.Cli.Evaluate;
using DiTFastAttn.Cli.Fixtures;
using DiTFastAttn.Cli.Generate;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Cli.Report;
using DiTFastAttn.Cli.Run;
using DiTFastAttn.Cli.Search;
using DiTFastAttn.Cli.Train;
using DiTFastAttn.Cli.Verify;

namespace DiTFastAttn.Cli;

/// <summary>All verbs: a line each.</summary>
internal static class Verbs
{
    /// <summary>Makes the command line's root.</summary>
    public static RootCommand MakeRoot() => new("Faster diffusion transformers: attention by plan (DiTFastAttn) for .NET.")
    {
        new DemoVerb(),
        new LauncherVerb(
            "test", "Build everything and run all tests, or those whose full name contains FILTER.",
            new Argument<string?>("FILTER") { Description = "A part of a test's full name.", Arity = ArgumentArity.ZeroOrOne }),
        new VerifyVerb(),
        new Command("bench", "Measure, each with its yardstick in the same run.")
        {
            new BenchAttentionVerb(),
            new BenchDispatchVerb(),
            new BenchGeneratorVerb(),
            new BenchLinearVerb(),
            new BenchLoadVerb(),
            new BenchSampleVerb(),
            new BenchTilesVerb(),
            new BenchVaeVerb(),
            new BenchInceptionVerb(),
            new BenchVideoVerb(),
            new BenchSearchVerb(),
            new BenchMemoryVerb(),
        },
        new Command("plan", "Look at plans.") { new PlanShowVerb(), new PlanCheckVerb(), new PlanDiffVerb(), new PlanConvertVerb(), new PlanRetargetVerb() },
        new Command("train", "Train a model.") { new TrainShapesVerb() },
        new FixtureModelVerb(),
        new SearchVerb(),
        new GenerateVerb(),
        new Command("run", "The paper's programs: calibrate, search, draw, measure.") { new RunDiTVerb(), new RunPixArtVerb(), new RunOpenSoraVerb() },
        new EvaluateVerb(),
        new SampleRealImagesVerb(),
        new ReportVerb(),
        new DoctorVerb(),
        new LauncherVerb(
            "publish-gpu", "Publish the program for a machine with a Python torch and no .NET.",
            new Argument<string>("DIR") { Description = "An empty or new folder." }),
    };
}
