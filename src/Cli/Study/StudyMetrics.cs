using DiTFastAttn.Evaluation;
using DiTFastAttn.Evaluation.Measures;
using DiTFastAttn.Evaluation.Runs;
using DiTFastAttn.Models;
using DiTFastAttn.Models.Shapes;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Study;

/// <summary>Measures the pictures of points: against those of full attention, and where there are weights for it FID, Inception Score and CLIPScore.</summary>
internal sealed class StudyMetrics : IDisposable
{
    /// <summary>Stands for the demo's training pictures, drawn anew.</summary>
    public const string Shapes = "shapes";

    private const int ShapePictures = 512;
    private const int Splits = 10;
    private const int PicturesAtATime = 16;

    private readonly StudySettings _study;
    private readonly InceptionNetwork? _network;
    private readonly FeatureStatistics? _real;
    private readonly CaptionAgreement? _captions;
    private readonly string _fingerprint = "";
    private readonly Device _device;

    /// <summary>Loads what the study names; statistics of real pictures are made once and kept in the folder.</summary>
    /// <param name="call">The call.</param>
    /// <param name="model">The model.</param>
    /// <param name="folder">The study's folder.</param>
    public StudyMetrics(VerbCall call, StudyModel model, SharedFolder folder)
    {
        (_study, _device) = (model.Study, model.Pipeline.Device);
        try
        {
            if (_study.Inception is { } weights)
            {
                _network = InceptionNetwork.Load(weights, _device);
                _fingerprint = WeightFingerprint.Of(_network);
                Identity["inception"] = _fingerprint;
            }

            if (_study.Real is { } real)
            {
                _real = Real(call, real, model, folder);
                Identity["real"] = real;
            }

            if (_study.Clip is { } clip)
            {
                _captions = CaptionAgreement.Load(
                    clip, _study.Prompts is { } prompts ? [.. Enumerable.Range(0, _study.Pictures).Select(i => prompts[i % prompts.Count])] : throw new UserErrorException($"clip: {clip}: CLIPScore is of prompts, and '{_study.Model}' draws classes; leave it out."), _device);
                Identity["clip"] = _captions.Identity;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the numbers depend on.</summary>
    public Dictionary<string, string> Identity { get; } = new(StringComparer.Ordinal);

    /// <summary>The metrics of a point.</summary>
    /// <param name="folder">The study's folder.</param>
    /// <param name="files">Its pictures.</param>
    /// <param name="quality">Each of them against that of full attention; none for full attention itself.</param>
    public IReadOnlyDictionary<string, double> Of(StudyFolder folder, IReadOnlyList<string> files, IReadOnlyList<PointRecord.PictureRecord> quality)
    {
        var metrics = new OrderedDictionary<string, double>(StringComparer.Ordinal);
        if (quality.Count > 0)
        {
            metrics["psnr"] = quality.Average(picture => picture.Psnr);
            metrics["psnr_min"] = quality.Min(picture => picture.Psnr);
            metrics["ssim"] = quality.Average(picture => picture.Ssim);
            metrics["latent_relative_error"] = quality.Average(picture => picture.LatentRelativeError);
        }

        string[] paths = [.. files.Select(file => folder[file])];
        if (_network is not null)
        {
            if (_real is not null && paths.Length > 1)
            {
                metrics["fid"] = FrechetDistance.Between(Statistics(paths), _real);
            }

            if (paths.Length >= Splits)
            {
                using var logits = Rows(new InceptionLogits(_network, _fingerprint, resizesBytes: true, _device), paths);
                metrics["inception_score"] = InceptionScore.Torchmetrics(logits, Splits).Mean;
            }
        }

        if (_captions is not null)
        {
            using var scores = Rows(_captions, paths);
            metrics["clip_score"] = Math.Max(0, scores.mean().item<float>());
        }

        return metrics;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network?.Dispose();
        _captions?.Dispose();
    }

    private FeatureStatistics Real(VerbCall call, string real, StudyModel model, SharedFolder folder)
    {
        if (real != Shapes && StatisticsFile.IsLikely(real))
        {
            return StatisticsFile.Read(real).Statistics;
        }

        var name = Invariant($"real-{StudyFolder.Fingerprint([new("real", real), new("inception", _fingerprint), new("size", Invariant($"{_study.InputSize}"))])}.safetensors");
        var kept = folder[name];
        folder.Fetch(name);
        if (File.Exists(kept))
        {
            return StatisticsFile.Read(kept).Statistics;
        }

        if (real == Shapes)
        {
            real = DrawShapes(model, Path.Combine(folder.Path, "real"));
        }

        using var set = PictureSet.Open(real);
        using var bar = new ProgressBar(call.Terminal, "real pictures", set.Count, "pictures");
        var statistics = new FeatureStatistics(InceptionNetwork.FeatureCount);
        foreach (var indices in Enumerable.Range(0, set.Count).Chunk(PicturesAtATime))
        {
            call.Cancellation.ThrowIfCancellationRequested();
            using var features = Features.Measure([.. indices.Select(index => new MeasuredPicture(index, set.Entries[index].Name, set.Read(index)))]);
            statistics.Update(features);
            bar.Report(indices[^1] + 1);
        }

        new StatisticsFile(statistics, statistics.Count, _fingerprint, InceptionFrontEnd.PytorchFid).Write(kept);
        folder.Publish(name);
        return statistics;
    }

    private InceptionFeatures Features => new(_network!, _fingerprint, InceptionFrontEnd.PytorchFid, _device);

    /// <summary>What the demo model was trained to draw.</summary>
    private static string DrawShapes(StudyModel model, string folder)
    {
        var side = model.Pipeline is DiTPipeline { Geometry: { InChannels: 3, InputSize: var size } }
            ? size
            : throw new UserErrorException($"real: shapes: are what the demo model was trained on; give real pictures for '{model.Study.Model}'.");
        Directory.CreateDirectory(folder);
        var random = new RandomStream(model.Study.Seed, number: 1);
        using var shapes = ShapeBatch.Draw(ShapePictures, side, ref random);
        for (var i = 0; i < ShapePictures; i++)
        {
            using var picture = shapes.Pictures[i];
            RgbImage.FromTensor(picture).SavePng(Path.Combine(folder, Invariant($"{i:00000}.png")));
        }

        return folder;
    }

    private FeatureStatistics Statistics(string[] paths)
    {
        using var rows = Rows(Features, paths);
        return FeatureStatistics.Of(rows);
    }

    /// <summary>[N, width]</summary>
    private static Tensor Rows(IPictureMeasure measure, string[] paths)
    {
        using var scope = NewDisposeScope();
        List<Tensor> rows = [.. paths.Index().Chunk(PicturesAtATime).Select(part => measure.Measure(
            [.. part.Select(picture => new MeasuredPicture(picture.Index, Path.GetFileName(picture.Item), PictureReader.Read(picture.Item)))]))];
        return cat(rows, 0).MoveToOuterDisposeScope();
    }
}
