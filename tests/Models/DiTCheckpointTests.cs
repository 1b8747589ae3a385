using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

public sealed class DiTCheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-checkpoint-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_demo_model_says_everything_about_itself()
    {
        using var file = SafetensorsFile.Open(Path.Combine(Fixture.Root, "demo", "shapes-dit.safetensors"));
        using var checkpoint = DiTCheckpoint.Load(file);
        checkpoint.Model.Geometry.ShouldBe(new DiTGeometry(64, 2, 3, 3, 10, 11));
        checkpoint.Model.training.ShouldBeFalse();
        checkpoint.Classes.Count.ShouldBe(10);
        checkpoint.Classes[6].ShouldBe("heart");
        checkpoint.Scheduler.PredictionType.ShouldBe(PredictionType.VPrediction);
        using var scheduler = checkpoint.Scheduler.CreateScheduler(20);
        scheduler.Timesteps.Take(3).ShouldBe([999, 949, 899]);
    }

    [Fact]
    public void At_half_the_resolution_it_draws_the_same_class()
    {
        using var file = SafetensorsFile.Open(Path.Combine(Fixture.Root, "demo", "shapes-dit.safetensors"));
        using var checkpoint = DiTCheckpoint.Load(file, inputSize: 16);
        checkpoint.Model.Config.PositionGrid.ShouldBe(32);
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var sampler = new DiTSampler(checkpoint.Model, checkpoint.Scheduler, new DiTSamplingOptions { Steps = 8, GuidanceScale = 2 });
        var pictures = sampler.Sample([8], randn(sampler.LatentShape(1), generator: generator)).clamp(-1, 1);

        // A checkerboard is bright and dark in equal parts and nothing between.
        pictures.shape.ShouldBe([1, 3, 16, 16]);
        pictures.std().item<float>().ShouldBeGreaterThan(0.2f);
    }

    [Fact]
    public void What_is_saved_loads_as_the_same_model()
    {
        using var model = Models.Tiny();
        var path = Path.Combine(_folder, "tiny.safetensors");
        var scheduler = new DdimConfig { BetaEnd = 0.01, PredictionType = PredictionType.VPrediction };
        DiTCheckpoint.Save(path, model.state_dict(), model.Config, scheduler, ["a", "b"], ScalarType.Float32);
        using var file = SafetensorsFile.Open(path);
        file.Keys.ShouldNotContain("pos_embed");
        using var loaded = DiTCheckpoint.Load(file);
        loaded.Model.Config.ShouldBe(model.Config);
        loaded.Classes.ShouldBe(["a", "b"]);
        loaded.Scheduler.ShouldBe(scheduler with { TimestepSpacing = TimestepSpacing.Trailing, ClipSample = false });
        loaded.Model.get_parameter("blocks.1.mlp.fc2.weight")!.detach()
            .equal(model.get_parameter("blocks.1.mlp.fc2.weight")!.detach()).all().item<bool>().ShouldBeTrue();
    }

    [Theory]
    [InlineData(null, "the metadata has no key 'config'")]
    [InlineData("{", "metadata key 'config'")]
    [InlineData("""{"depth": 0}""", "depth is 0")]
    [InlineData("""{"beta_schedule": "cubic"}""", "beta_schedule is \"cubic\"")]
    [InlineData("""{"beta_end": NaN}""", "beta_end is NaN; it has to be at least beta_start and below 1.")]
    [InlineData("""{"num_train_timesteps": 2000000000}""", "num_train_timesteps is 2000000000; it has to be 1 to 1000000.")]
    [InlineData("""{"classes": NaN}""", "classes is \"NaN\"; it has to be a list of texts.")]
    [InlineData("""{"depth": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]}""", "16, 17, …; it has to be a whole number.")]
    public void A_file_without_a_usable_description_is_refused(string? config, string message)
    {
        var path = Path.Combine(_folder, "odd.safetensors");
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (config is not null)
        {
            metadata["config"] = config;
        }

        SafetensorsWriter.Write(path, new Dictionary<string, Tensor>(StringComparer.Ordinal), metadata);
        using var file = SafetensorsFile.Open(path);
        var refusal = Should.Throw<WeightFileException>(() => DiTCheckpoint.Load(file)).Message;
        refusal.ShouldContain(message);
        refusal.ShouldNotContain("Parameter");
    }
}
