using System.Globalization;
using System.Text.Json;
using DiTFastAttn.Models.DiT;
using DiTFastAttn.Models.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>A pipeline's folder as diffusers lays it out: <c>model_index.json</c>, and a folder for each component.</summary>
/// <param name="path">The folder.</param>
/// <param name="components">A folder for components that the first lacks.</param>
internal sealed class PipelineFolder(string path, string? components = null)
{
    public const string Index = "model_index.json";

    public string Path => path;

    /// <summary>The pipeline's class.</summary>
    public string? ClassName => ReadIndex(index => index.String("_class_name"));

    /// <summary>Names of the classes by label, where the index has them.</summary>
    public IReadOnlyDictionary<int, string> Labels => !File.Exists(IndexFile) ? new Dictionary<int, string>() : ReadIndex(index =>
    {
        var names = new Dictionary<int, string>();
        using var labels = JsonDocument.Parse(index.Object("id2label") ?? "{}");
        foreach (var label in labels.RootElement.EnumerateObject())
        {
            if (int.TryParse(label.Name, CultureInfo.InvariantCulture, out var number))
            {
                names[number] = label.Value.ToString();
            }
        }

        return names;
    });

    /// <summary>Where the index is: in the folder, or, for a folder with a transformer alone, in the other one.</summary>
    private string IndexFile
    {
        get
        {
            var own = System.IO.Path.Combine(path, Index);
            return components is null || File.Exists(own) ? own : System.IO.Path.Combine(components, Index);
        }
    }

    /// <summary>A component's folder: the folder's own, or that of the other folder where the first lacks it.</summary>
    public string Component(string name)
    {
        var own = System.IO.Path.Combine(path, name);
        return components is null || Directory.Exists(own) ? own : System.IO.Path.Combine(components, name);
    }

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

    /// <summary>One text of a JSON file, or <see langword="null"/> where it has none of that name.</summary>
    public static string? TextIn(string folder, string file, string key) => ConfigIn(folder, file, text =>
    {
        using var config = ConfigJson.Parse(text, file);
        return config.String(key);
    });

    public SchedulerConfig Scheduler() => Config("scheduler", "scheduler_config.json", SchedulerConfig.Parse);

    /// <summary>Opens a component's weights; what describes them is checked whole, in every shard.</summary>
    public WeightFile Weights(string component) => Directory.Exists(Component(component))
        ? WeightFile.Open(Component(component))
        : throw WeightFileException.About(Component(component), "there is no such folder");

    /// <summary>Loads the autoencoder, in float32: in half precision its activations overflow.</summary>
    public AutoencoderKL Vae(Device device) => VaeIn(Component("vae"), device);

    /// <summary>Loads an autoencoder from its folder.</summary>
    /// <inheritdoc cref="Vae"/>
    public static AutoencoderKL VaeIn(string folder, Device device)
    {
        var config = ConfigIn(folder, "config.json", AutoencoderKLConfig.Parse);
        using var weights = WeightFile.Open(folder);
        Memory.Require("the autoencoder", BytesOf(weights, ScalarType.Float32), device);
        return Layers.Ready(new AutoencoderKL(config, device), vae => vae.LoadWeights(weights));
    }

    /// <summary>Loads a transformer: made in its dtype and place, so that no more than it is ever in memory.</summary>
    public static T Load<T>(Func<T> make, Action<T, IWeightSource> load, IWeightSource weights, ScalarType dtype, Device device)
        where T : nn.Module
    {
        Memory.Require("the transformer", BytesOf(weights, dtype), device);
        return Layers.Ready(Layers.Make(make, dtype, device), model =>
        {
            load(model, weights);
            model.to(dtype).to(device);
        });
    }

    /// <summary>What a file's tensors take in a dtype.</summary>
    public static long BytesOf(IWeightSource weights, ScalarType dtype)
        => weights.Keys.Sum(key => weights.ShapeOf(key).Aggregate((long)(dtype == ScalarType.Float32 ? 4 : 2), (product, size) => product * size));

    private T ReadIndex<T>(Func<ConfigJson, T> read)
    {
        try
        {
            using var index = ConfigJson.Parse(ModelFolder.ReadText(System.IO.Path.GetDirectoryName(IndexFile)!, Index), Index);
            return read(index);
        }
        catch (FormatException error)
        {
            throw WeightFileException.About(IndexFile, error.Message.TrimEnd('.'), error);
        }
    }
}
