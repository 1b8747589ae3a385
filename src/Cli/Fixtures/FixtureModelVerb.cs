using System.CommandLine;
using System.Globalization;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Fixtures;

/// <summary><c>fixture-model DIR</c>: writes a complete checkpoint folder with formula weights, to try every command without a download.</summary>
internal sealed class FixtureModelVerb : Verb
{
    private const string Tiny = "tiny";
    private const string IndexFile = "model_index.json";

    private readonly Argument<string> _folder = new("DIR") { Description = "The folder to write; a new or an empty one." };

    private readonly Option<string> _like = ValueOption.Choice(
        ["--like"], "The published checkpoint to make again.", "dit-xl-2-512", [.. FixtureLayouts.All.Select(layout => layout.Name)]);

    private readonly Option<string> _scale = ValueOption.Choice(["--scale"], "Its size.", Tiny, Tiny, "full");

    public FixtureModelVerb()
        : base("fixture-model", "Write a checkpoint folder with formula weights: complete, and of no use but to try commands.")
    {
        Add(_folder);
        Add(_like);
        Add(_scale);
        Add(CommonOptions.Dtype);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var folder = call.Get(_folder)!;
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new UserErrorException($"fixture-model {folder}: there is something in it; give a new or an empty folder.");
        }

        OutputPath.CheckFolder("fixture-model", folder);
        var layout = FixtureLayouts.All.First(layout => layout.Name == call.Get(_like));
        var parts = layout.Components(call.Get(_scale) == Tiny);
        var dtype = TorchUse.Of(call).Dtype;
        var weights = parts.Where(part => part.Model is not null).ToDictionary(part => part.Folder, part => new FixtureWeights(part, dtype), StringComparer.Ordinal);
        RequireSpace(folder, weights.Values.Sum(part => part.Bytes), FreeSpace(folder));
        List<string> files;
        try
        {
            files = Write(call, folder, layout, parts, weights);
        }
        catch
        {
            // Half a checkpoint would only be found out later.
            foreach (var place in parts.Select(part => Path.Combine(folder, part.Folder)).Where(Directory.Exists))
            {
                Directory.Delete(place, recursive: true);
            }

            throw;
        }

        var result = new FixtureModelResult(
            layout.Name, call.Get(_scale)!, files, weights.Values.Sum(part => part.Parameters), files.Sum(file => new FileInfo(Path.Combine(folder, file)).Length));
        call.WriteJson(result);
        call.Terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{folder}: {result.Like}, {result.Scale}: {result.Parameters / 1e6:0.00} M parameters, {result.Bytes / 1e6:0.0} MB in {files.Count} files"));
        return ExitStatus.Done;
    }

    private static List<string> Write(
        VerbCall call, string folder, FixtureLayout layout, IReadOnlyList<FixtureComponent> parts, Dictionary<string, FixtureWeights> weights)
    {
        const double Megabyte = 1e6;
        var total = weights.Values.Sum(part => part.Bytes);
        using var bar = new ProgressBar(call.Terminal, "fixture-model", (long)Math.Ceiling(total / Megabyte), "MB");
        var done = 0L;
        foreach (var part in parts)
        {
            var place = Path.Combine(folder, part.Folder);
            Directory.CreateDirectory(place);
            if (part.Config is { } config)
            {
                AtomicFile.WriteText(Path.Combine(place, part.ConfigFile), config + "\n");
            }

            part.WriteMore?.Invoke(place);
            if (weights.TryGetValue(part.Folder, out var tensors))
            {
                tensors.Write(place, bytes => bar.Report((long)((done += bytes) / Megabyte), part.Folder), call.Cancellation);
            }
        }

        AtomicFile.WriteText(Path.Combine(folder, IndexFile), layout.Index(parts));
        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Says before anything is written that it would not fit.</summary>
    /// <param name="folder">The folder, for the message.</param>
    /// <param name="bytes">What will be written.</param>
    /// <param name="free">Bytes that are free there.</param>
    /// <exception cref="UserErrorException">It would not.</exception>
    internal static void RequireSpace(string folder, long bytes, long free)
    {
        if (bytes > free)
        {
            throw new UserErrorException(string.Create(
                CultureInfo.InvariantCulture,
                $"fixture-model {folder}: needs {bytes / 1e9:0.0} GB, and {free / 1e9:0.0} GB are free there; give a folder on another disk, a smaller --dtype, or --scale tiny."));
        }
    }

    private static long FreeSpace(string folder)
    {
        var place = Path.GetFullPath(folder);
        while (!Directory.Exists(place))
        {
            place = Path.GetDirectoryName(place)!;
        }

        return new DriveInfo(place).AvailableFreeSpace;
    }
}
