using DiTFastAttn.Models;
using TorchSharp;

namespace DiTFastAttn.Cli.Generate;

/// <summary>Makes videos one after another; each is on disk before the next begins, and its frames as they are decoded.</summary>
/// <param name="pipeline">The model; the texts are prepared.</param>
/// <param name="sampler">Steps and guidance.</param>
/// <param name="attached">Its transformer, attached.</param>
/// <param name="plan">The plan; <see langword="null"/> for the model as it is.</param>
/// <param name="size">Size of a clip.</param>
/// <param name="seed">Seed of the noise.</param>
/// <param name="conditionFrames">Frames that a clip takes over from the one before it.</param>
internal sealed class VideoRun(
    OpenSoraPipeline pipeline, OpenSoraSampler sampler, AttachedModel attached, AttentionPlan? plan, VideoConditioning size, long seed, int conditionFrames)
{
    /// <summary>Whether an encoder was there and failed.</summary>
    public bool EncoderFailed { get; private set; }

    /// <summary>Makes the videos.</summary>
    /// <param name="files">The videos, with their files.</param>
    /// <param name="fps">Frames a second of the files.</param>
    /// <param name="encoder">What makes MP4.</param>
    /// <param name="progress">Told the steps that are done over all videos.</param>
    /// <param name="note">Told, a line each, why there is no MP4.</param>
    /// <param name="saved">Told each video that is on disk.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    public void Make(
        IReadOnlyList<VideoFile> files, double fps, string encoder, Action<long> progress, Action<string> note, Action<VideoFile> saved, CancellationToken cancellation)
    {
        long before = 0;
        foreach (var file in files)
        {
            using var scope = torch.NewDisposeScope();
            using var noGrad = torch.no_grad();
            var request = Request(file.Wish);
            var maker = new OpenSoraVideoMaker(sampler, pipeline.Codec(size), text => pipeline.TextOf(text));
            var done = before;
            var clips = maker.Make(
                request, plan is null ? null : () => attached.BeginRun(plan, sampler.RunRequest(size)), new StepProgress(steps => progress(done + steps)), cancellation);
            var written = file.Save(Frames(clips), request.TotalFrames, fps, encoder);
            if (written.Problem is { } problem)
            {
                note(problem);
            }

            saved(file);
            EncoderFailed |= written.EncoderFailed;
            before += request.Texts.Count * (long)sampler.Steps;
        }
    }

    /// <summary>Encodes the texts of all videos, and says which were cut off.</summary>
    public static void Prepare(VerbCall call, OpenSoraPipeline pipeline, IEnumerable<VideoWish> wishes)
    {
        const int Parts = 1000;
        using var bar = new ProgressBar(call.Terminal, "encode prompts", Parts, "parts of a thousand");
        foreach (var note in pipeline.Prepare(wishes.SelectMany(wish => wish.Texts), new ShareProgress(done => bar.Report((long)(done * Parts))), call.Cancellation))
        {
            call.Terminal.Log.WriteLine("ditfast: " + note);
        }
    }

    /// <summary>Reads the pictures that videos begin from, to say early what cannot be read.</summary>
    /// <exception cref="UserErrorException">One cannot be read.</exception>
    public static RgbImage ReadReference(string path)
    {
        try
        {
            return PictureReader.Read(path);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"--condition {path}: cannot be read as a picture ({error.Message.TrimEnd('.')}); give a PNG, JPEG or WebP file.", error);
        }
    }

    private VideoRequest Request(VideoWish wish) => new(size, wish.Texts)
    {
        References = [.. wish.References.Select(path => pipeline.Reference(ReadReference(path), size))],
        Strategy = wish.Strategy,
        ConditionFrames = conditionFrames,
        Seed = seed,
        Number = wish.Number,
    };

    private static IEnumerable<RgbImage> Frames(IEnumerable<torch.Tensor> clips)
    {
        foreach (var clip in clips)
        {
            using (clip)
            {
                for (var i = 0L; i < clip.shape[1]; i++)
                {
                    using var frame = clip.select(1, i);
                    yield return RgbImage.FromTensor(frame);
                }
            }
        }
    }

    private sealed class StepProgress(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
