using System.Text.Json;
using DiTFastAttn.Models.Shapes;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Training;

/// <summary>
/// Trains a diffusion transformer to draw <see cref="ShapePicture"/>s. A step's random numbers come from the seed and the step's
/// number alone, so a training that goes on from a checkpoint gives the same weights, bit for bit, as one that never stopped.
/// Not to be constructed inside a dispose scope.
/// </summary>
/// <remarks>One thread trains; <see cref="Save"/> may be called from any other at any time.</remarks>
internal sealed class ShapesTrainer : IDisposable
{
    private const string AveragePrefix = "average.";
    private const string LossKey = "loss";
    private const string ConfigKey = "config";
    private const string RecipeKey = "recipe";
    private const string EvaluationsKey = "evaluations";
    private const long InitialWeightsStream = -1;

    // Of a batch, so much at a time goes through the network: a quarter of the memory, and faster, as more of it stays in the cache.
    private const int TokensAtOnce = 4096;

    private readonly Lock _gate = new();
    private readonly VelocityDiffusion _diffusion = new();
    private readonly WeightAverage _average;
    private readonly List<float> _losses = [];
    private readonly List<TrainingEvaluation> _evaluations = [];
    private TrainableDiT _trained;

    /// <summary>Begins a training.</summary>
    /// <param name="config">The model; its input size is that of the finished model, each stage has its own.</param>
    /// <param name="recipe">How it is trained.</param>
    /// <exception cref="ArgumentException">Configuration or recipe is impossible.</exception>
    public ShapesTrainer(MetaDiTConfig config, TrainingRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(recipe);
        config.Validate();
        recipe.Validate(config.PatchSize);
        Config = config with { PositionGrid = config.PositionGrid ?? config.Grid };
        Recipe = recipe;
        _trained = new TrainableDiT(ConfigAt(Stage.Size));
        var random = new RandomStream(recipe.Seed, InitialWeightsStream);
        using var generator = new Generator(random.NextBits());
        _trained.Model.InitializeWeights(generator);
        _average = new WeightAverage(_trained.Tensors);
    }

    /// <summary>The finished model.</summary>
    public MetaDiTConfig Config { get; }

    /// <summary>How it is trained.</summary>
    public TrainingRecipe Recipe { get; }

    /// <summary>Steps done.</summary>
    public int StepsDone => _losses.Count;

    /// <summary>Whether all stages are done.</summary>
    public bool IsFinished => StepsDone >= Recipe.TotalSteps;

    /// <summary>The stage of the next step; the last one at the end.</summary>
    public TrainingStage Stage => Recipe.StageOf(StepsDone);

    /// <summary>The loss of every step so far: mean squared error of the velocity.</summary>
    public IReadOnlyList<float> Losses => _losses;

    /// <summary>The measurements so far.</summary>
    public IReadOnlyList<TrainingEvaluation> Evaluations => _evaluations;

    /// <summary>Goes on with a training from a file that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">The file cannot be read, or it is no checkpoint.</exception>
    public static ShapesTrainer Resume(string path)
    {
        using var file = SafetensorsFile.Open(path);
        ShapesTrainer trainer;
        List<TrainingEvaluation> evaluations;
        try
        {
            trainer = new ShapesTrainer(
                MetaDiTConfig.Parse(file.Metadata[ConfigKey]), JsonSerializer.Deserialize<TrainingRecipe>(file.Metadata[RecipeKey])!);
            evaluations = JsonSerializer.Deserialize<List<TrainingEvaluation>>(file.Metadata[EvaluationsKey]) ?? throw new JsonException("there is no list of measurements");
        }
        catch (Exception error) when (error is KeyNotFoundException or FormatException or ArgumentException or JsonException)
        {
            throw new WeightFileException($"checkpoint '{path}': it does not say which training it belongs to; it is no checkpoint of this program.", error);
        }

        try
        {
            trainer.Restore(file, evaluations);
            return trainer;
        }
        catch
        {
            trainer.Dispose();
            throw;
        }
    }

    /// <summary>Does one step.</summary>
    /// <returns>Its loss.</returns>
    /// <exception cref="InvalidOperationException">The training is finished, or the loss is no number.</exception>
    public float Step()
    {
        if (IsFinished)
        {
            throw new InvalidOperationException($"all {Recipe.TotalSteps} steps are done.");
        }

        var stage = Stage;
        MoveTo(stage.Size);
        using var scope = NewDisposeScope();
        _trained.Model.zero_grad();
        var value = Backward(stage);
        if (!float.IsFinite(value))
        {
            throw new InvalidOperationException($"the loss is {value} at step {StepsDone}: the training has diverged; go on from a checkpoint with lower rates.");
        }

        lock (_gate)
        {
            var rate = CosineSchedule.At(Recipe.ProgressAt(StepsDone), Recipe.WarmUp);
            _trained.Step(rate * Recipe.MuonRate, rate * Recipe.AdamRate, Recipe.GradientNorm);
            _average.Update(_trained.Tensors, StepsDone);
            _losses.Add(value);
        }

        return value;
    }

    /// <summary>Measures the averaged weights at the resolution of the last step, and keeps the measurement.</summary>
    /// <param name="pictures">Number of pictures.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public TrainingEvaluation Evaluate(int pictures, CancellationToken cancellation = default)
    {
        var config = ConfigAt(Recipe.StageOf(Math.Max(0, StepsDone - 1)).Size);
        using var model = new MetaDiT(config);
        model.LoadWeights(new TensorDictionary(_average.Weights, "averaged weights"));
        var evaluation = new TrainingEvaluation(StepsDone, config.InputSize, pictures, ReconstructionError.Measure(model, pictures, cancellation));
        lock (_gate)
        {
            _evaluations.Add(evaluation);
        }

        return evaluation;
    }

    /// <summary>Writes all that <see cref="Resume"/> needs; the file appears whole or not at all.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path)
    {
        lock (_gate)
        {
            using var scope = NewDisposeScope();
            var state = _trained.State();
            foreach (var (name, average) in _average.Weights)
            {
                state[AveragePrefix + name] = average;
            }

            state[LossKey] = tensor(_losses.ToArray());
            SafetensorsWriter.Write(path, state, new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [ConfigKey] = Config.ToJson(),
                [RecipeKey] = JsonSerializer.Serialize(Recipe),
                [EvaluationsKey] = JsonSerializer.Serialize(_evaluations),
            });
        }
    }

    /// <summary>Writes the averaged weights as a model of their own; the file appears whole or not at all.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Export(string path)
        => DiTCheckpoint.Save(
            path, _average.Weights, Config, VelocityDiffusion.Process, ShapePicture.Classes, notes: new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["model"] = "DiT",
                ["pixel_range"] = new[] { -1, 1 },
                ["null_class"] = Config.NumClasses,
                ["steps"] = StepsDone,
            });

    /// <summary>Frees model, optimisers and averages.</summary>
    public void Dispose()
    {
        _trained.Dispose();
        _average.Dispose();
        _diffusion.Dispose();
    }

    private MetaDiTConfig ConfigAt(int size) => Config with { InputSize = size };

    /// <summary>Draws the step's batch and computes the gradient of its loss.</summary>
    /// <returns>The loss.</returns>
    private float Backward(TrainingStage stage)
    {
        var random = new RandomStream(Recipe.Seed, StepsDone);
        using var batch = ShapeBatch.Draw(stage.Batch, stage.Size, ref random);
        var timesteps = tensor(StratifiedTimesteps.Draw(stage.Batch, ref random), dtype: ScalarType.Int64);
        var labels = DropSome(batch.Labels, ref random);
        using var generator = new Generator(random.NextBits());
        var noise = randn(batch.Pictures.shape, generator: generator);
        var (noisy, velocity) = _diffusion.Diffuse(batch.Pictures, noise, timesteps);

        var total = 0f;
        var most = Math.Max(1, TokensAtOnce / _trained.Model.Geometry.Tokens);
        for (var first = 0L; first < stage.Batch; first += most)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(most, stage.Batch - first);
            var prediction = _trained.Model.forward(noisy.narrow(0, first, count), timesteps.narrow(0, first, count), labels.narrow(0, first, count));
            var loss = nn.functional.mse_loss(prediction, velocity.narrow(0, first, count)) * ((double)count / stage.Batch);
            loss.backward();
            total += loss.item<float>();
        }

        return total;
    }

    /// <summary>Replaces some labels by "no class", so that one model serves both halves of classifier-free guidance.</summary>
    private Tensor DropSome(Tensor labels, ref RandomStream random)
    {
        var kept = labels.data<long>().ToArray();
        for (var i = 0; i < kept.Length; i++)
        {
            kept[i] = random.NextUniform() < Config.ClassDropoutProb ? Config.NumClasses : kept[i];
        }

        return tensor(kept, dtype: ScalarType.Int64);
    }

    /// <summary>Carries weights and optimisers over to another resolution, where only the position table differs.</summary>
    private void MoveTo(int size)
    {
        if (_trained.Model.Config.InputSize == size)
        {
            return;
        }

        var next = new TrainableDiT(ConfigAt(size));
        using (NewDisposeScope())
        {
            next.Restore(new TensorDictionary(_trained.State(), "training state"));
        }

        lock (_gate)
        {
            _trained.Dispose();
            _trained = next;
        }
    }

    private void Restore(SafetensorsFile file, List<TrainingEvaluation> evaluations)
    {
        _trained.Restore(file);
        foreach (var (name, average) in _average.Weights)
        {
            StateTensors.Copy(file, AveragePrefix + name, average);
        }

        using var losses = StateTensors.Read(file, LossKey);
        _losses.AddRange(losses.data<float>().ToArray());
        _evaluations.AddRange(evaluations);
    }
}
