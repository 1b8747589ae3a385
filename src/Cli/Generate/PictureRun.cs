using DiTFastAttn.Models;
using TorchSharp;

namespace DiTFastAttn.Cli.Generate;

/// <summary>Makes pictures batch by batch; each batch is on disk before the next begins.</summary>
/// <param name="pipeline">The model.</param>
/// <param name="attached">Its transformer, attached.</param>
/// <param name="plan">The plan; <see langword="null"/> for the model as it is.</param>
/// <param name="settings">What is the same for all pictures.</param>
internal sealed class PictureRun(PicturePipeline pipeline, AttachedModel attached, AttentionPlan? plan, PictureSettings settings)
{
    /// <summary>Most bytes of residuals and kept outputs at a time, over all batches.</summary>
    public long PeakStateBytes { get; private set; }

    /// <summary>Makes the pictures.</summary>
    /// <param name="files">The pictures, with their files.</param>
    /// <param name="batch">Pictures at a time.</param>
    /// <param name="progress">Told the steps that are done over all batches.</param>
    /// <param name="written">Told the pictures of each batch when they are on disk.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    public void Make(IReadOnlyList<PictureFile> files, int batch, Action<long> progress, Action<IReadOnlyList<PictureFile>> written, CancellationToken cancellation)
    {
        long done = 0;
        foreach (var part in files.Chunk(batch))
        {
            using var pictures = Make([.. part.Select(file => file.Picture)], () => progress(++done), cancellation);
            for (var i = 0; i < part.Length; i++)
            {
                using var picture = pictures[i];
                part[i].Save(RgbImage.FromTensor(picture));
            }

            written(part);
        }
    }

    /// <summary>Makes one batch.</summary>
    /// <returns><c>[n, 3, H, W]</c>, about −1 to 1; the caller owns them.</returns>
    public torch.Tensor Make(IReadOnlyList<PictureRequest> pictures, Action step, CancellationToken cancellation)
    {
        using var noGrad = torch.no_grad();
        using var trajectory = pipeline.Begin(pictures, settings);
        using var run = plan is null ? null : attached.BeginRun(plan, pipeline.RunRequest(settings));
        using var latents = trajectory.RunAll(run, new StepCounter(step), cancellation);
        PeakStateBytes = Math.Max(PeakStateBytes, run?.PeakStateBytes ?? 0);
        cancellation.ThrowIfCancellationRequested();
        return pipeline.Decode(latents, settings);
    }

    private sealed class StepCounter(Action step) : IProgress<int>
    {
        public void Report(int value) => step();
    }
}
