using System.CommandLine;
using System.Globalization;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Evaluate;

/// <summary><c>sample-real-images</c>: as the authors' <c>data/sample_real_images.py</c>, real pictures chosen at random and numbered; by the seed, so the same again.</summary>
internal sealed class SampleRealImagesVerb : Verb
{
    private readonly Argument<string> _folder = new("IMAGENET_DIR") { Description = "A folder with pictures at any depth." };

    private readonly Option<string?> _output = ValueOption.Make<string?>(
        ["--out", "--output-folder", "--output_folder"], "DIR", "The folder to write to.", text => text, _ => "data/real_images");

    private readonly Option<int> _count = ValueOption.Integer(["--n-images", "--n_images"], "Pictures to choose.", 1000, 1);

    public SampleRealImagesVerb()
        : base("sample-real-images", "Choose real pictures at random, to measure FID and the Inception Score against.")
    {
        Add(_folder);
        Add(_output);
        Add(_count);
        Add(CommonOptions.Seed);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var (folder, output, count) = (call.Get(_folder)!, call.Get(_output)!, call.Get(_count));
        OutputPath.CheckFolder("--out", output);
        if (!Directory.Exists(folder))
        {
            throw new UserErrorException($"sample-real-images {folder}: there is no such folder.");
        }

        if (Path.GetFullPath(output + Path.DirectorySeparatorChar).StartsWith(Path.GetFullPath(folder + Path.DirectorySeparatorChar), StringComparison.Ordinal))
        {
            throw new UserErrorException($"--out {output}: it lies in '{folder}', which is chosen from; give one elsewhere.");
        }

        string[] all = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => PictureReader.Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal)];
        if (all.Length < count)
        {
            throw new UserErrorException(string.Create(CultureInfo.InvariantCulture, $"--n-images {count}: '{folder}' has {all.Length} pictures; give at most as many."));
        }

        if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())
        {
            throw new UserErrorException($"--out {output}: it is not empty; what is there would mix with the new choice. Give another, or empty it.");
        }

        new Random(call.Get(CommonOptions.Seed)).Shuffle(all);
        Directory.CreateDirectory(output);
        var files = new List<string>(count);
        using var bar = new ProgressBar(call.Terminal, "copy", count, "pictures");
        for (var i = 0; i < count; i++)
        {
            call.Cancellation.ThrowIfCancellationRequested();

            // ImageNet's .JPEG becomes .jpg, as the authors' script names them.
            var ending = Path.GetExtension(all[i]).ToLowerInvariant() is var e and not ".jpeg" ? e : ".jpg";
            files.Add(Path.Combine(output, i.ToString(CultureInfo.InvariantCulture) + ending));
            File.Copy(all[i], files[i]);
            bar.Report(i + 1);
        }

        bar.Clear();
        call.WriteJson(new SampleRealImagesResult(folder, call.Get(CommonOptions.Seed), files));
        call.Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{count} of {all.Length} pictures of {folder}: {output}"));
        return ExitStatus.Done;
    }
}
