using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using DiTFastAttn.Models;
using DiTFastAttn.Models.Shapes;
using DiTFastAttn.Models.Training;
using Spectre.Console;
using TorchSharp;

namespace DiTFastAttn.Cli.Train;

/// <summary><c>train shapes</c>: trains the demo model on pictures of shapes, or measures one that is there.</summary>
internal sealed class TrainShapesVerb : Verb
{
    private const string CheckpointName = "checkpoint.safetensors";
    private const string ModelName = "shapes-dit.safetensors";

    private static readonly Option<ValueList<TrainingStage>> Stages = ValueOption.List(
        ["--stages"], "SIZE:STEPS:BATCH,…", "Resolutions to train at, one after the other.", ParseStage, Describe, new TrainingRecipe().Stages);

    private static readonly Option<int> CheckpointEvery = ValueOption.Integer(
        ["--checkpoint-every"], "Steps from one checkpoint, with its measurement, to the next.", 250, 1);

    private static readonly Option<int> Pictures = ValueOption.Integer(["--pictures"], "Pictures that a measurement takes.", 20, 1);

    private static readonly Option<string?> EvaluateFile = ValueOption.Text(
        ["--evaluate"], "FILE", "Train nothing: measure this model (.safetensors), as the training measures its own.");

    public TrainShapesVerb()
        : base("shapes", "Train the demo model: a small DiT that draws shapes.")
    {
        Add(Stages);
        Add(CheckpointEvery);
        Add(Pictures);
        Add(EvaluateFile);
        Add(CommonOptions.Resume);
        Add(CommonOptions.Threads);
        Add(CommonOptions.Seed);
        Add(CommonOptions.Out);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        CpuThreads.Use(call);

        return call.Get(EvaluateFile) is { } file ? Evaluate(call, file) : Train(call);
    }

    private static int Evaluate(VerbCall call, string file)
    {
        using var source = SafetensorsFile.Open(file);
        using var checkpoint = DiTCheckpoint.Load(source);
        var config = checkpoint.Model.Config;
        if (checkpoint.Scheduler.PredictionType != PredictionType.VPrediction || config.InChannels != 3 || config.NumClasses != ShapePicture.Classes.Count)
        {
            throw new UserErrorException(
                $"--evaluate {file}: predicts {checkpoint.Scheduler.PredictionType} on {config.InChannels} channels for {config.NumClasses} classes; "
                + $"give a model of shapes, which predicts velocities on 3 channels for {ShapePicture.Classes.Count} classes.");
        }

        var pictures = call.Get(Pictures);
        var errors = ReconstructionError.Measure(checkpoint.Model, pictures, call.Cancellation);
        var evaluation = new TrainingEvaluation(0, config.InputSize, pictures, errors);
        Print(call.Terminal, [evaluation]);
        call.WriteJson(new TrainShapesResult(0, 0, [], [evaluation], []));
        return ExitStatus.Done;
    }

    private static int Train(VerbCall call)
    {
        var folder = call.Get(CommonOptions.Out) ?? "train-shapes";
        OutputPath.CheckFolder("--out", folder);
        var checkpoint = Path.Combine(folder, CheckpointName);
        var model = Path.Combine(folder, ModelName);
        if (Array.Find([checkpoint, model], Directory.Exists) is { } taken)
        {
            throw new UserErrorException($"--out {folder}: '{taken}' is a folder, and a file of that name is to be written; give another --out.");
        }

        using var trainer = Begin(call, checkpoint);
        Directory.CreateDirectory(folder);
        var watch = Stopwatch.StartNew();
        using (call.Cancellation.Register(() => trainer.Save(checkpoint)))
        {
            while (!trainer.IsFinished)
            {
                TrainStage(call, trainer, folder);
            }
        }

        Print(call.Terminal, trainer.Evaluations);
        call.Terminal.Line($"model: {model}");
        call.WriteJson(new TrainShapesResult(trainer.StepsDone, watch.Elapsed.TotalSeconds, trainer.Losses, trainer.Evaluations, [model, checkpoint]));
        return ExitStatus.Done;
    }

    private static ShapesTrainer Begin(VerbCall call, string checkpoint)
    {
        var recipe = new TrainingRecipe { Stages = call.Get(Stages)!.Values, Seed = call.Get(CommonOptions.Seed) };
        if (!File.Exists(checkpoint))
        {
            return new ShapesTrainer(ShapesModel.Config, recipe);
        }

        if (!call.Get(CommonOptions.Resume))
        {
            throw new UserErrorException($"{checkpoint} is there from an earlier run; add --resume to go on with it, or give another --out.");
        }

        var trainer = ShapesTrainer.Resume(checkpoint);
        var differs = call.IsGiven(Stages) && !trainer.Recipe.Stages.SequenceEqual(recipe.Stages) ? $"--stages {call.Get(Stages)}: the run in {checkpoint} has {new ValueList<TrainingStage>(trainer.Recipe.Stages, Describe)}"
            : call.IsGiven(CommonOptions.Seed) && trainer.Recipe.Seed != recipe.Seed ? $"--seed {recipe.Seed}: the run in {checkpoint} has {trainer.Recipe.Seed}"
            : null;
        if (differs is not null)
        {
            trainer.Dispose();
            throw new UserErrorException($"{differs}; leave the option out to go on with it, or give another --out.");
        }

        call.Terminal.Log.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"going on after step {trainer.StepsDone} of {trainer.Recipe.TotalSteps}"));
        return trainer;
    }

    /// <summary>Trains to the end of the stage, with checkpoints and measurements on the way.</summary>
    private static void TrainStage(VerbCall call, ShapesTrainer trainer, string folder)
    {
        const int Smoothed = 50;
        var stage = trainer.Stage;
        var first = trainer.Recipe.Stages.TakeWhile(s => !ReferenceEquals(s, stage)).Sum(s => s.Steps);
        var every = call.Get(CheckpointEvery);
        using var bar = new ProgressBar(call.Terminal, $"train {stage.Size}x{stage.Size}", stage.Steps, "steps", trainer.StepsDone - first);
        while (trainer.StepsDone < first + stage.Steps)
        {
            call.Cancellation.ThrowIfCancellationRequested();
            trainer.Step();
            bar.Report(
                trainer.StepsDone - first,
                string.Create(CultureInfo.InvariantCulture, $"loss {trainer.Losses.TakeLast(Smoothed).Average():0.0000}"));
            if (trainer.StepsDone % every == 0 || trainer.IsFinished)
            {
                WriteCheckpoint(call, trainer, folder);
            }
        }
    }

    private static void WriteCheckpoint(VerbCall call, ShapesTrainer trainer, string folder)
    {
        // First the checkpoint, so that a kill in the middle of the measurement loses nothing but the measurement.
        var checkpoint = Path.Combine(folder, CheckpointName);
        trainer.Save(checkpoint);
        var evaluation = trainer.Evaluate(call.Get(Pictures), call.Cancellation);
        trainer.Export(Path.Combine(folder, ModelName));
        trainer.Save(checkpoint);
        var errors = evaluation.Errors.Select(e => string.Create(CultureInfo.InvariantCulture, $"t {e.Timestep}: {e.Error:0.00000}"));
        call.Terminal.Log.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"step {evaluation.Step}, {evaluation.Size}x{evaluation.Size}, error of x0: {string.Join(", ", errors)}"));
    }

    private static void Print(Terminal terminal, IReadOnlyList<TrainingEvaluation> evaluations)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumn("step").AddColumn("size").AddColumn("pictures");
        foreach (var timestep in ReconstructionError.Timesteps)
        {
            table.AddColumn(string.Create(CultureInfo.InvariantCulture, $"t = {timestep}"));
        }

        foreach (var evaluation in evaluations)
        {
            string[] row =
            [
                Text(evaluation.Step), Text(evaluation.Size), Text(evaluation.Pictures),
                .. evaluation.Errors.Select(e => e.Error.ToString("0.00000", CultureInfo.InvariantCulture)),
            ];
            table.AddRow(row);
        }

        terminal.Line("Mean squared error of x0 by the averaged weights:");
        terminal.Write(table);

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    private static TrainingStage ParseStage(string text)
    {
        var numbers = text.Split(':').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0).ToArray();
        return numbers is [var size and > 0, var steps and > 0, var batch and > 0] && size % ShapesModel.Config.PatchSize == 0
            ? new TrainingStage(size, steps, batch)
            : throw new FormatException($"give a stage as SIZE:STEPS:BATCH with an even size, for example {Describe(new TrainingRecipe().Stages[0])}");
    }

    private static string Describe(TrainingStage stage) => string.Create(CultureInfo.InvariantCulture, $"{stage.Size}:{stage.Steps}:{stage.Batch}");
}
