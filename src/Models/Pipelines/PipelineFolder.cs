using System.Text.Json;
using DiTFastAttn.Models.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>A pipeline's folder as diffusers lays it out: <c>model_index.json</c>, and a folder for each component.</summary>
/// <param name="path">The folder.</param>
internal sealed class PipelineFolder(string path)
{
    public const string Index = "model_index.json";

    public string Path => path;

    /// <summary>The pipeline's class.</summary>
    public string? ClassName
    {
        get
        {
            using var index = ConfigJson.Parse(ModelFolder.ReadText(path, Index), Index);
            return index.String("_class_name");
        }
    }

    /// <summary>Names of the classes by label, where the index has them.</summary>
    public IReadOnlyDictionary<int, string> Labels
    {
        get
        {
            using var index = ConfigJson.Parse(ModelFolder.ReadText(path, Index), Index);
            if (index.Object("id2label") is not { } text)
            {
                return new Dictionary<int, string>();
            }

            using var labels = JsonDocument.Parse(text);
            return labels.RootElement.EnumerateObject()
                .Where(label => int.TryParse(label.Name, System.Globalization.CultureInfo.InvariantCulture, out _))
                .ToDictionary(label => int.Parse(label.Name, System.Globalization.CultureInfo.InvariantCulture), label => label.Value.ToString());
        }
    }

    /// <summary>A component's folder.</summary>
    public string Component(string name) => System.IO.Path.Combine(path, name);

    public bool Has(string component) => Directory.Exists(Component(component));

    /// <summary>Reads a component's configuration; what is wrong in it is said with the file's name.</summary>
    public T Config<T>(string component, string file, Func<string, T> parse) => ConfigIn(Component(component), file, parse);

    /// <summary>Reads a configuration in a folder.</summary>
    /// <inheritdoc cref="Config"/>
    public static T ConfigIn<T>(string folder, string file, Func<string, T> parse)
    {
        var text = ModelFolder.ReadText(folder, file);
        try
        {
            return parse(text);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw WeightFileException.About(System.IO.Path.Combine(folder, file), error.Message.TrimEnd('.'), error);
        }
    }

    public SchedulerConfig Scheduler() => Config("scheduler", "scheduler_config.json", SchedulerConfig.Parse);

    /// <summary>Loads the autoencoder, in float32: in half precision its activations overflow.</summary>
    public AutoencoderKL Vae(Device device) => VaeIn(Component("vae"), device);

    /// <summary>Loads an autoencoder from its folder.</summary>
    /// <inheritdoc cref="Vae"/>
    public static AutoencoderKL VaeIn(string folder, Device device)
    {
        var config = ConfigIn(folder, "config.json", AutoencoderKLConfig.Parse);
        using var weights = WeightFile.Open(folder);
        Memory.Require("the autoencoder", BytesOf(weights, ScalarType.Float32));
        var vae = new AutoencoderKL(config, device);
        try
        {
            vae.LoadWeights(weights);
            vae.eval();
            return vae;
        }
        catch
        {
            vae.Dispose();
            throw;
        }
    }

    /// <summary>What a file's tensors take in a dtype.</summary>
    public static long BytesOf(IWeightSource weights, ScalarType dtype)
        => weights.Keys.Sum(key => weights.ShapeOf(key).Aggregate((long)(dtype == ScalarType.Float32 ? 4 : 2), (product, size) => product * size));
}
