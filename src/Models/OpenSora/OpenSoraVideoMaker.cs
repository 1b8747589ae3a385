using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// Makes videos with OpenSora v1.1: conditioned on images or videos, and long ones clip by clip, each beginning with the last frames of the one
/// before it. One clip is in memory at a time.
/// </summary>
/// <param name="sampler">Model and sampler; the model stays the caller's.</param>
/// <param name="codec">Frames to latents and back; stays the caller's.</param>
/// <param name="encode">The text encoder: a text to embeddings <c>[1, 1, L, caption_channels]</c> and mask, the caller's.</param>
public sealed class OpenSoraVideoMaker(OpenSoraSampler sampler, IVideoCodec codec, Func<string, VideoText> encode)
{
    /// <summary>Makes a video.</summary>
    /// <param name="request">What to make.</param>
    /// <param name="beginRun">Begins a run of the attached model for a clip; without it the model computes as it is.</param>
    /// <param name="progress">Told the finished steps of all clips.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>The frames that each clip adds, <c>[3, T', H, W]</c>, about −1 to 1; the caller owns them.</returns>
    /// <exception cref="ArgumentException">The request cannot be met.</exception>
    /// <exception cref="FormatException">Its strategy is malformed.</exception>
    public IEnumerable<Tensor> Make(VideoRequest request, Func<AttentionRun>? beginRun = null, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Check(request);
        return MakeClips(request, beginRun, progress, cancellation);
    }

    private static void Check(VideoRequest request)
    {
        if (request.Texts.Count == 0)
        {
            throw new ArgumentException("there is no text: give one for each clip.", nameof(request));
        }

        if (request.Texts.Count > 1 && (request.ConditionFrames < 1 || request.ConditionFrames >= request.Size.Frames))
        {
            throw new ArgumentException(
                $"clips of {request.Size.Frames} frames cannot begin with {request.ConditionFrames} of the clip before: give 1 to {request.Size.Frames - 1} condition frames.",
                nameof(request));
        }

        _ = MaskStrategy.Apply(request.Strategy, 0, [.. request.References.Select(reference => (int)reference.shape[1])], request.Size.Frames);
    }

    private IEnumerable<Tensor> MakeClips(VideoRequest request, Func<AttentionRun>? beginRun, IProgress<int>? progress, CancellationToken cancellation)
    {
        var draws = 0;
        var references = request.References.ToList();
        var strategy = request.Strategy;
        Tensor? last = null;
        try
        {
            for (var loop = 0; loop < request.Texts.Count; loop++)
            {
                if (last is not null)
                {
                    // A clip of the loop before is needed no more.
                    strategy = MaskStrategy.ForLoop(strategy, loop, references.Count, request.ConditionFrames);
                    references.Add(codec.Encode(last).DetachFromDisposeScope());
                    last.Dispose();
                }

                var before = loop * sampler.Steps;
                using (var latents = SampleClip(request, loop, strategy, references, Noise, beginRun, new Offset(progress, before), cancellation))
                {
                    last = codec.Decode(latents).DetachFromDisposeScope(); // [3, T, H, W]
                }

                var known = loop == 0 ? 0 : request.ConditionFrames;
                yield return last.narrow(1, known, last.shape[1] - known);
            }
        }
        finally
        {
            last?.Dispose();
            foreach (var reference in references.Skip(request.References.Count))
            {
                reference.Dispose();
            }
        }

        Tensor Noise()
        {
            using var noise = PictureNoise.Draw(request.Seed, [request.Number], draws++, request.Size.LatentShape(1, sampler.LatentChannels)[1..]);
            return noise.to(sampler.Device, copy: true);
        }
    }

    private Tensor SampleClip(
        VideoRequest request,
        int loop,
        string? strategy,
        List<Tensor> references,
        Func<Tensor> noise,
        Func<AttentionRun>? beginRun,
        Offset progress,
        CancellationToken cancellation)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var latents = noise();
        var (given, mask) = MaskStrategy.Apply(strategy, loop, [.. references.Select(reference => (int)reference.shape[1])], request.Size.Frames);
        foreach (var frame in given)
        {
            latents[0].select(1, frame.Target).copy_(references[frame.Reference].select(1, frame.Frame));
        }

        var frames = given.Count == 0 ? null : new FrameConditioning(tensor(mask, [1L, mask.Length], device: sampler.Device), _ => noise());
        using var sizes = request.Size.Sizes(1, sampler.Dtype, sampler.Device);
        var text = encode(request.Texts[loop]);
        using var trajectory = sampler.Begin(text, sizes, latents, _ => noise(), frames);
        text.Embeddings.Dispose();
        text.Mask?.Dispose();
        using var run = beginRun?.Invoke();
        return OpenSoraSampler.Sample(trajectory, run, progress, cancellation).squeeze(0).MoveToOuterDisposeScope(); // [1, C, T, h, w] -> [C, T, h, w]
    }

    private sealed class Offset(IProgress<int>? whole, int before) : IProgress<int>
    {
        public void Report(int value) => whole?.Report(before + value);
    }
}
