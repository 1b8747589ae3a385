using System.Globalization;
using System.IO.Compression;
using DiTFastAttn.Evaluation.Statistics;
using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation;

/// <summary>
/// Statistics of a set of pictures in a file, so that a set of real ones is gone through once: as pytorch-fid writes them (<c>.npz</c> with <c>mu</c> and
/// <c>sigma</c>), or as safetensors that also say of how many pictures, which network and which way into it.
/// </summary>
/// <param name="Statistics">The statistics.</param>
/// <param name="Count">Pictures they are of; <see langword="null"/> where the file does not say.</param>
/// <param name="Network">Tells the network's weights apart; <see langword="null"/> where the file does not say.</param>
/// <param name="FrontEnd">How pictures were prepared; <see langword="null"/> where the file does not say.</param>
public sealed record StatisticsFile(FeatureStatistics Statistics, long? Count, string? Network, InceptionFrontEnd? FrontEnd)
{
    private const string Format = "ditfastattn-statistics/1";
    private const string NumpyEnding = ".npz";
    private const string OwnEnding = ".safetensors";

    /// <summary>Whether a path is such a file by its ending.</summary>
    /// <param name="path">The path.</param>
    public static bool IsLikely(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.EndsWith(NumpyEnding, StringComparison.OrdinalIgnoreCase) || path.EndsWith(OwnEnding, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads a file of either kind.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EvaluationException">It is no such file, damaged, or holds numbers that are none; one line names it and the reason.</exception>
    public static StatisticsFile Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return path.EndsWith(NumpyEnding, StringComparison.OrdinalIgnoreCase) ? ReadNumpy(path) : ReadOwn(path);
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException or FormatException)
        {
            throw new EvaluationException($"statistics '{path}': {error.Message.Split(" (Parameter", 2)[0]}", error);
        }
    }

    /// <summary>Writes the file; its ending says which kind. It appears whole or not at all.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    /// <exception cref="EvaluationException">The ending is another.</exception>
    public void Write(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path.EndsWith(NumpyEnding, StringComparison.OrdinalIgnoreCase))
        {
            WriteNumpy(path);
        }
        else if (path.EndsWith(OwnEnding, StringComparison.OrdinalIgnoreCase))
        {
            WriteOwn(path);
        }
        else
        {
            throw new EvaluationException($"statistics '{path}': the ending says the format; give {NumpyEnding} (pytorch-fid's) or {OwnEnding}.");
        }
    }

    private static StatisticsFile ReadNumpy(string path)
    {
        using var archive = ZipFile.OpenRead(path);
        var (mean, covariance) = (Array("mu"), Array("sigma"));
        var d = mean.Values.Length;
        return mean.Shape.Count == 1 && covariance.Shape is [var rows, var columns] && rows == d && columns == d

            // Of how many pictures it does not say: enough that their number bounds no rank.
            ? new StatisticsFile(FeatureStatistics.FromCovariance(mean.Values, covariance.Values, d + 1L), Count: null, Network: null, FrontEnd: null)
            : throw new InvalidDataException($"mu is [{string.Join(", ", mean.Shape)}] and sigma [{string.Join(", ", covariance.Shape)}]; [d] and [d, d] are needed.");

        NpyArray Array(string name)
        {
            var entry = archive.GetEntry(name + ".npy") ?? throw new InvalidDataException($"it has no '{name}'; pytorch-fid's files have mu and sigma.");
            using var stream = entry.Open();
            using var content = new MemoryStream();
            stream.CopyTo(content);
            return NpyArray.Parse(content.GetBuffer().AsSpan(0, (int)content.Length));
        }
    }

    private static StatisticsFile ReadOwn(string path)
    {
        SafetensorsFile file;
        try
        {
            file = SafetensorsFile.Open(path);
        }
        catch (WeightFileException error)
        {
            throw new InvalidDataException(error.Message, error);
        }

        using (file)
        {
            if (file.Metadata.GetValueOrDefault("format") != Format)
            {
                throw new InvalidDataException($"it is no file of statistics (its format is not '{Format}').");
            }

            using var mean = file.Read("mean");
            using var covariance = file.Read("covariance");
            var count = long.Parse(file.Metadata["count"], CultureInfo.InvariantCulture);
            return new StatisticsFile(
                FeatureStatistics.FromCovariance(mean.data<double>().ToArray(), covariance.data<double>().ToArray(), count),
                count,
                file.Metadata["network"],
                Enum.Parse<InceptionFrontEnd>(file.Metadata["front_end"]));
        }
    }

    private void WriteNumpy(string path) => AtomicFile.Write(path, stream =>
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var (name, array) in new[]
        {
            ("mu", new NpyArray([Statistics.Dimensions], Statistics.Mean.ToArray())),
            ("sigma", new NpyArray([Statistics.Dimensions, Statistics.Dimensions], Statistics.Covariance())),
        })
        {
            using var entry = archive.CreateEntry(name + ".npy").Open();
            array.Write(entry);
        }
    });

    private void WriteOwn(string path)
    {
        using var mean = tensor(Statistics.Mean.ToArray());
        using var flat = tensor(Statistics.Covariance());
        using var covariance = flat.view(Statistics.Dimensions, Statistics.Dimensions);
        SafetensorsWriter.Write(
            path,
            new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["mean"] = mean, ["covariance"] = covariance },
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["format"] = Format,
                ["count"] = (Count ?? Statistics.Count).ToString(CultureInfo.InvariantCulture),
                ["network"] = Network ?? "",
                ["front_end"] = (FrontEnd ?? InceptionFrontEnd.PytorchFid).ToString(),
            });
    }
}
