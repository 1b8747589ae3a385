using System.Text.Json;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// A DiT in Meta's layout in one safetensors file that says everything about itself: the metadata key <c>config</c> holds
/// the model's sizes, the noise schedule, what is predicted, and the names of the classes.
/// </summary>
public sealed class DiTCheckpoint : IDisposable
{
    private const string ConfigKey = "config";
    private const string ClassesKey = "classes";

    private DiTCheckpoint(MetaDiT model, DdimConfig scheduler, IReadOnlyList<string> classes)
    {
        Model = model;
        Scheduler = scheduler;
        Classes = classes;
    }

    /// <summary>The model, in evaluation mode.</summary>
    public MetaDiT Model { get; }

    /// <summary>DDIM from pure noise down (trailing timesteps, no clipping), for the schedule that the model was trained with.</summary>
    public DdimConfig Scheduler { get; }

    /// <summary>Names of the classes, in the order of their labels; empty where the file does not say.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Whether a file describes its model.</summary>
    internal static bool Describes(SafetensorsFile file) => file.Metadata.ContainsKey(ConfigKey);

    /// <summary>Builds the model that a file describes and loads it.</summary>
    /// <param name="file">The file; stays the caller's.</param>
    /// <param name="inputSize">
    /// Another resolution than the file's, in cells; the positions then cover the same range, more or less densely.
    /// </param>
    /// <exception cref="WeightFileException">The file has no usable configuration, or its tensors do not fit it.</exception>
    public static DiTCheckpoint Load(SafetensorsFile file, int? inputSize = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!file.Metadata.TryGetValue(ConfigKey, out var json))
        {
            throw new WeightFileException($"weights '{file.Name}': the metadata has no key '{ConfigKey}'; it has to describe the model.");
        }

        MetaDiTConfig config;
        DdimConfig scheduler;
        IReadOnlyList<string> classes;
        try
        {
            config = MetaDiTConfig.Parse(json);
            scheduler = DdimConfig.Parse(json) with { TimestepSpacing = TimestepSpacing.Trailing, ClipSample = false };
            classes = ReadClasses(json);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw new WeightFileException($"weights '{file.Name}': metadata key '{ConfigKey}': {error.Message}", error);
        }

        if (inputSize is { } size && size != config.InputSize)
        {
            config = config with { InputSize = size, PositionGrid = config.PositionGrid ?? config.Grid };
        }

        var model = new MetaDiT(config);
        try
        {
            model.LoadWeights(file);
        }
        catch
        {
            model.Dispose();
            throw;
        }

        model.eval();
        return new DiTCheckpoint(model, scheduler, classes);
    }

    /// <summary>Writes a model with its description; the file appears whole or not at all.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    /// <param name="weights">The model's tensors by name; <c>pos_embed</c> is computed and left out.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="scheduler">The schedule that it was trained with.</param>
    /// <param name="classes">Names of the classes, in the order of their labels.</param>
    /// <param name="dtype">Element type to store.</param>
    /// <param name="notes">Further keys of the description, for readers other than <see cref="Load"/>.</param>
    public static void Save(
        string path,
        IReadOnlyDictionary<string, Tensor> weights,
        MetaDiTConfig config,
        DdimConfig scheduler,
        IReadOnlyList<string> classes,
        ScalarType dtype = ScalarType.Float16,
        IReadOnlyDictionary<string, object>? notes = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(scheduler);
        var description = JsonNode.Parse(config.ToJson())!.AsObject();
        description["num_train_timesteps"] = scheduler.TrainTimesteps;
        description["beta_schedule"] = Array.Find(DiffusersSchedulerConfig.BetaSchedules, b => b.Value == scheduler.BetaSchedule).Name;
        description["beta_start"] = scheduler.BetaStart;
        description["beta_end"] = scheduler.BetaEnd;
        description["prediction_type"] = Array.Find(DiffusersSchedulerConfig.PredictionTypes, p => p.Value == scheduler.PredictionType).Name;
        description[ClassesKey] = new JsonArray([.. classes.Select(c => JsonValue.Create(c))]);
        foreach (var (key, value) in notes ?? new Dictionary<string, object>(StringComparer.Ordinal))
        {
            description[key] = JsonSerializer.SerializeToNode(value);
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var stored = weights
            .Where(w => !string.Equals(w.Key, "pos_embed", StringComparison.Ordinal))
            .ToDictionary(w => w.Key, w => w.Value.to(dtype), StringComparer.Ordinal);
        SafetensorsWriter.Write(
            path, stored, new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt", [ConfigKey] = description.ToJsonString() });
    }

    /// <summary>Frees the model.</summary>
    public void Dispose() => Model.Dispose();

    private static IReadOnlyList<string> ReadClasses(string json)
    {
        using var config = ConfigJson.Parse(json, "DiT");
        return config.Strings(ClassesKey) ?? [];
    }
}
