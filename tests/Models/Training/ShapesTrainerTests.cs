using System.Text.Json;
using DiTFastAttn.Models.Shapes;
using DiTFastAttn.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests.Training;

public sealed class ShapesTrainerTests : IDisposable
{
    private static readonly MetaDiTConfig Tiny = ShapesModel.Config with
    {
        InputSize = 16, HiddenSize = 16, Depth = 2, NumHeads = 2, MlpRatio = 2, PositionGrid = null,
    };

    private static readonly TrainingRecipe TwoSizes = new() { Stages = [new(8, 4, 3), new(16, 2, 2)], Seed = 5 };

    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-training-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_training_that_goes_on_from_a_checkpoint_gives_the_same_weights_as_one_that_never_stopped(int stopAfter)
    {
        using var straight = new ShapesTrainer(Tiny, TwoSizes);
        Run(straight, 6);
        straight.Save(At("straight"));

        using (var first = new ShapesTrainer(Tiny, TwoSizes))
        {
            Run(first, stopAfter);
            first.Save(At("half"));
            Run(first, 1); // lost, as by a kill
        }

        using var second = ShapesTrainer.Resume(At("half"));
        second.StepsDone.ShouldBe(stopAfter);
        second.Recipe.Stages.ShouldBe(TwoSizes.Stages);
        Run(second, 6 - stopAfter);
        second.Save(At("resumed"));

        second.IsFinished.ShouldBeTrue();
        second.Losses.ShouldBe(straight.Losses);
        using var expected = SafetensorsFile.Open(At("straight"));
        using var actual = SafetensorsFile.Open(At("resumed"));
        actual.Keys.ShouldBe(expected.Keys, ignoreOrder: true);
        foreach (var key in expected.Keys)
        {
            actual.ReadBytes(key).SequenceEqual(expected.ReadBytes(key)).ShouldBeTrue(key);
        }
    }

    [Fact]
    public void The_loss_falls()
    {
        using var trainer = new ShapesTrainer(Tiny, new TrainingRecipe { Stages = [new(8, 60, 8)], Seed = 1 });
        Run(trainer, 60);

        // At the first step the network gives zeros, so that the loss is the velocity's mean square.
        trainer.Losses.TakeLast(20).Average().ShouldBeLessThan(.85f * trainer.Losses[0]);
    }

    [Fact]
    public void The_averaged_weights_get_better()
    {
        using var trainer = new ShapesTrainer(Tiny, new TrainingRecipe { Stages = [new(8, 60, 8)] });
        var before = trainer.Evaluate(10);
        Run(trainer, 60);
        var after = trainer.Evaluate(10);

        before.Errors.Select(e => e.Timestep).ShouldBe([50, 200, 400, 600, 800, 950]);
        after.Step.ShouldBe(60);
        after.Errors.Sum(e => e.Error).ShouldBeLessThan(.9 * before.Errors.Sum(e => e.Error));
        trainer.Evaluations.ShouldBe([before, after]);
    }

    [Fact]
    public void The_same_model_on_the_same_pictures_has_the_same_error()
    {
        using var trainer = new ShapesTrainer(Tiny, TwoSizes);
        Run(trainer, 1);
        trainer.Evaluate(12).Errors.ShouldBe(trainer.Evaluate(12).Errors);
    }

    [Fact]
    public void An_exported_model_is_the_average_in_half_precision_and_says_what_it_is()
    {
        using var trainer = new ShapesTrainer(Tiny, TwoSizes);
        Run(trainer, 6);
        trainer.Export(At("model"));

        using var source = SafetensorsFile.Open(At("model"));
        using var checkpoint = DiTCheckpoint.Load(source);
        source.Entries.Values.ShouldAllBe(entry => entry.Dtype == SafetensorsDtype.F16);
        checkpoint.Classes.ShouldBe(ShapePicture.Classes);
        checkpoint.Scheduler.PredictionType.ShouldBe(PredictionType.VPrediction);
        checkpoint.Model.Config.ShouldBe(trainer.Config);
        var read = ReconstructionError.Measure(checkpoint.Model, 10);
        var trained = trainer.Evaluate(10).Errors;
        for (var i = 0; i < read.Count; i++)
        {
            read[i].Error.ShouldBe(trained[i].Error, .01 * trained[i].Error);
        }
    }

    [Fact]
    public void An_exported_model_has_the_form_of_the_one_that_ships()
    {
        using var shipped = SafetensorsFile.Open(Path.Combine(Fixture.Root, "demo", "shapes-dit.safetensors"));
        using var trainer = new ShapesTrainer(ShapesModel.Config, new TrainingRecipe { Stages = [new(8, 1, 1), new(64, 1, 1)] });
        Run(trainer, 1);
        trainer.Export(At("model"));

        using var file = SafetensorsFile.Open(At("model"));
        var (written, expected) = (Description(file), Description(shipped));
        // The grid of the positions is written as a number, not as a remark.
        foreach (var (key, value) in expected.Where(p => p.Key is not ("pos_embed" or "steps")))
        {
            written.ShouldContainKeyAndValue(key, value);
        }

        written["position_grid"].ShouldBe("32");
        written["steps"].ShouldBe("1");
        file.Keys.ShouldBe(shipped.Keys, ignoreOrder: true);
        file.Keys.ShouldAllBe(key => file.ShapeOf(key).SequenceEqual(shipped.ShapeOf(key)));
        new FileInfo(At("model")).Length.ShouldBeLessThan(8_000_000);

        static Dictionary<string, string> Description(SafetensorsFile file)
            => JsonDocument.Parse(file.Metadata["config"]).RootElement.EnumerateObject().ToDictionary(
                p => p.Name, p => p.Value.ValueKind == JsonValueKind.Number ? $"{p.Value.GetDouble()}" : JsonSerializer.Serialize(p.Value));
    }

    [Fact]
    public void Weights_of_no_training_are_refused_as_a_checkpoint()
    {
        using var trainer = new ShapesTrainer(Tiny, TwoSizes);
        trainer.Export(At("model"));
        Should.Throw<WeightFileException>(() => ShapesTrainer.Resume(At("model"))).Message.ShouldContain("no checkpoint");
        Should.Throw<WeightFileException>(() => ShapesTrainer.Resume(At("nothing"))).Message.ShouldContain(At("nothing"));
    }

    [Fact]
    public void Impossible_recipes_are_refused()
    {
        Refused(new TrainingRecipe { Stages = [] }).ShouldContain("number of stages is 0");
        Refused(new TrainingRecipe { Stages = null! }).ShouldContain("a stage is null");
        Refused(new TrainingRecipe { Stages = [null!] }).ShouldContain("a stage is null");
        Refused(new TrainingRecipe { Stages = [new(7, 1, 1)] }).ShouldContain("size is 7");
        Refused(new TrainingRecipe { Stages = [new(8, 0, 1)] }).ShouldContain("steps is 0");
        Refused(new TrainingRecipe { Stages = [new(8, 1, 0)] }).ShouldContain("batch is 0");
        Refused(new TrainingRecipe { WarmUp = 1 }).ShouldContain("warm-up is 1");

        static string Refused(TrainingRecipe recipe) => Should.Throw<ArgumentException>(() => new ShapesTrainer(Tiny, recipe)).Message;
    }

    [Fact]
    public void A_finished_training_makes_no_more_steps()
    {
        using var trainer = new ShapesTrainer(Tiny, new TrainingRecipe { Stages = [new(8, 1, 1)] });
        Run(trainer, 1);
        Should.Throw<InvalidOperationException>(() => trainer.Step()).Message.ShouldContain("1 steps");
    }

    [Fact]
    public async Task A_training_can_be_saved_from_another_thread_while_it_runs()
    {
        var recipe = new TrainingRecipe { Stages = [new(8, 20, 2)] };
        using var trainer = new ShapesTrainer(Tiny, recipe);
        var training = Task.Run(() => Run(trainer, 20));
        for (var i = 0; !training.IsCompleted; i++)
        {
            trainer.Save(At($"{i % 3}"));
        }

        await training;
        using var resumed = ShapesTrainer.Resume(At("0"));
        Run(resumed, 20 - resumed.StepsDone);
        resumed.Losses.ShouldBe(trainer.Losses);
    }

    [Fact]
    public void Steps_leave_no_tensors_behind()
    {
        using var trainer = new ShapesTrainer(Tiny, new TrainingRecipe { Stages = [new(8, 9, 2)] });
        Run(trainer, 3);
        var before = Live();
        Run(trainer, 5);
        Live().ShouldBe(before);

        static long Live()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        }
    }

    private static void Run(ShapesTrainer trainer, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            trainer.Step();
        }
    }

    private string At(string name) => Path.Combine(_folder, name + ".safetensors");
}
