using System.Globalization;
using DiTFastAttn.Cli.Generate;
using DiTFastAttn.Evaluation.Measures;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using DiTFastAttn.Models.Weights;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Study;

/// <summary>Draws the pictures of a point, batch by batch: a batch is on disk before the next begins, and is not drawn again.</summary>
/// <param name="call">The call.</param>
/// <param name="model">The model.</param>
/// <param name="folder">Where pictures and latents go.</param>
internal sealed class PointDrawing(VerbCall call, StudyModel model, StudyFolder folder)
{
    private const string Latents = "latents";

    /// <summary>Draws what is not there.</summary>
    /// <param name="spec">The point.</param>
    /// <param name="attached">The model.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="sampling">How pictures are made.</param>
    /// <param name="fingerprint">Of all that the pictures depend on.</param>
    public Drawn Draw(PointSpec spec, AttachedModel attached, AttentionPlan plan, PictureSettings sampling, string fingerprint)
    {
        var pictures = model.Pictures(spec.NegativePrompt);
        var description = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["model"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(model.Pipeline.Name)), ["steps"] = sampling.Steps, ["guidance_scale"] = sampling.GuidanceScale,
            ["seed"] = sampling.Seed, ["noise"] = PictureNoise.Formula, ["point"] = spec.Name, ["fingerprint"] = fingerprint,
        };
        var at = $"pictures/{spec.Name}/";
        List<PictureFile> files = [.. pictures.Select(picture => PictureFile.Of(folder[at], picture, description))];
        foreach (var stale in folder.Shared.Names(at).Except(files.Select(file => at + Path.GetFileName(file.Path)), StringComparer.Ordinal))
        {
            folder.Shared.Delete(stale);
        }

        Fetch(spec.Name);

        long done = 0, peak = 0, counted = 0;
        using var bar = new ProgressBar(call.Terminal, $"{spec.Name}: pictures", (long)((files.Count + model.Study.Batch - 1) / model.Study.Batch) * sampling.Steps, "steps");
        foreach (var (index, batch) in files.Chunk(model.Study.Batch).Index())
        {
            var latents = folder[LatentName(spec.Name, index)];
            if (!IsDone(latents, fingerprint, batch))
            {
                Draw(batch, latents, fingerprint, attached, plan, sampling, () => bar.Report(++done));
                folder.Shared.Publish([.. batch.Select(picture => at + Path.GetFileName(picture.Path)), LatentName(spec.Name, index)]);
            }

            using var file = SafetensorsFile.Open(latents);
            peak = Math.Max(peak, long.Parse(file.Metadata["peak_state_bytes"], CultureInfo.InvariantCulture));
            counted = index == 0 ? long.Parse(file.Metadata["multiply_accumulates"], CultureInfo.InvariantCulture) : counted;
        }

        return new Drawn([.. files.Select(file => at + Path.GetFileName(file.Path))], peak, counted);
    }

    /// <summary>Each picture of a point against that of another one.</summary>
    /// <param name="name">The point.</param>
    /// <param name="reference">The other one, of the same pictures.</param>
    public IReadOnlyList<PointRecord.PictureRecord> Compare(string name, string reference)
    {
        using var noGrad = no_grad();
        Fetch(reference);
        var records = new List<PointRecord.PictureRecord>();
        for (var batch = 0; records.Count < model.Study.Pictures; batch++)
        {
            using var scope = NewDisposeScope();
            var (own, full) = (Read(name, batch), Read(reference, batch));
            var count = (int)Math.Min(own.shape[0], model.Study.Pictures - records.Count);
            for (var i = 0; i < count; i++)
            {
                var file = Invariant($"{records.Count:00000}.png");
                var (a, b) = (Levels(reference, file), Levels(name, file));
                var error = ((own[i] - full[i]).norm() / full[i].norm()).item<float>();
                records.Add(new PointRecord.PictureRecord(file, PeakSignalToNoise.PerSample(a, b, dataRange: 1)[0], StructuralSimilarity.Mean(a, b, dataRange: 1), error));
            }
        }

        return records;
    }

    private void Draw(PictureFile[] batch, string latentFile, string fingerprint, AttachedModel attached, AttentionPlan plan, PictureSettings sampling, Action step)
    {
        using var noGrad = no_grad();
        using var trajectory = model.Pipeline.Begin([.. batch.Select(file => file.Picture)], sampling);
        using var run = attached.BeginRun(plan, model.Pipeline.RunRequest(sampling) with { CountsCosts = true });
        using var latents = trajectory.RunAll(run, new StepCounter(step), call.Cancellation);
        using var pictures = model.Pipeline.Decode(latents, sampling);
        for (var i = 0; i < batch.Length; i++)
        {
            using var picture = pictures[i];
            batch[i].Save(RgbImage.FromTensor(picture));
        }

        // Last: where it is, the pictures are.
        using var near = latents.to(ScalarType.Float32).cpu();
        SafetensorsWriter.Write(latentFile, new Dictionary<string, Tensor>(StringComparer.Ordinal) { [Latents] = near }, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["fingerprint"] = fingerprint,
            ["peak_state_bytes"] = Invariant($"{run.PeakStateBytes}"),
            ["multiply_accumulates"] = Invariant($"{StudyModel.Compressed(attached).Sum(site => run.CountedCosts[site].Total)}"),
        });
    }

    private static bool IsDone(string latents, string fingerprint, PictureFile[] batch)
    {
        if (!File.Exists(latents) || !batch.All(file => File.Exists(file.Path)))
        {
            return false;
        }

        using var file = SafetensorsFile.Open(latents);
        return file.Metadata.GetValueOrDefault("fingerprint") == fingerprint && file.ShapeOf(Latents)[0] == batch.Length;
    }

    private void Fetch(string name)
    {
        folder.Shared.Fetch($"pictures/{name}/");
        folder.Shared.Fetch($"latents/{name}/");
    }

    private static string LatentName(string name, int batch) => Invariant($"latents/{name}/{batch:00000}.safetensors");

    private Tensor Read(string name, int batch)
    {
        using var file = SafetensorsFile.Open(folder[LatentName(name, batch)]);
        return file.Read(Latents);
    }

    /// <summary>[1, 3, H, W] in [0, 1]</summary>
    private Tensor Levels(string name, string file) => MeasuredPicture.Bytes(PictureReader.Read(folder[$"pictures/{name}/{file}"])).to(ScalarType.Float32) / 255;

    /// <summary>What was drawn.</summary>
    /// <param name="Files">Files in the folder.</param>
    /// <param name="PeakStateBytes">Most bytes of residuals and outputs at a time.</param>
    /// <param name="MultiplyAccumulates">Counted in the first batch, at the sites that plans compress.</param>
    internal sealed record Drawn(IReadOnlyList<string> Files, long PeakStateBytes, long MultiplyAccumulates);

    private sealed class StepCounter(Action step) : IProgress<int>
    {
        public void Report(int value) => step();
    }
}
