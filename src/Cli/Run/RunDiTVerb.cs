using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Run;

/// <summary><c>run dit</c>: the paper's program for DiT.</summary>
internal sealed class RunDiTVerb : RunVerb
{
    public RunDiTVerb()
        : base(
            "dit",
            "Calibrate, search, draw and measure DiT, with the options of the authors' run_dit.py.",
            new RunDefaults("facebook/DiT-XL-2-512", 4, 128, 50_000, 12, "data/real_images_imagenet_50k", 8, 4))
    {
    }

    /// <inheritdoc/>
    protected override void RequireKind(PicturePipeline pipeline)
    {
        if (pipeline is not DiTPipeline)
        {
            throw new UserErrorException($"--model {pipeline.Name}: draws from text; this program is for DiT: use 'run pixart'.");
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<PictureRequest> CalibrationPictures(VerbCall call, PicturePipeline pipeline, int count, long seed)
        => Draw((DiTPipeline)pipeline, count, seed, FirstCalibrationNumber);

    /// <inheritdoc/>
    protected override IReadOnlyList<PictureRequest> EvaluationPictures(VerbCall call, PicturePipeline pipeline, int count, long seed)
        => Draw((DiTPipeline)pipeline, count, seed + 1, 0);

    /// <summary>Classes at random, as the authors' script draws them.</summary>
    private static List<PictureRequest> Draw(DiTPipeline pipeline, int count, long seed, int first)
    {
        using var generator = new Generator((ulong)seed);
        using var labels = randint(pipeline.Geometry.Classes, [count], dtype: ScalarType.Int64, generator: generator);
        return [.. labels.data<long>().ToArray().Select((label, i) => new PictureRequest(first + i) { Label = (int)label })];
    }
}
