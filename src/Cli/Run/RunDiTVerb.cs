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
    /// <remarks>The classes of the authors' script: torch's generator.</remarks>
    protected override IReadOnlyList<PictureRequest> CalibrationPictures(VerbCall call, PicturePipeline pipeline, int count, long seed)
    {
        using var generator = new Generator((ulong)seed);
        using var labels = randint(((DiTPipeline)pipeline).Geometry.Classes, [count], dtype: ScalarType.Int64, generator: generator);
        return [.. labels.data<long>().ToArray().Select((label, i) => new PictureRequest(FirstCalibrationNumber + i) { Label = (int)label })];
    }

    /// <inheritdoc/>
    /// <remarks>The classes of the authors' script: NumPy's generator.</remarks>
    protected override IReadOnlyList<PictureRequest> EvaluationPictures(VerbCall call, PicturePipeline pipeline, int count, long seed)
    {
        var random = new NumpyRandom((uint)seed);
        return [.. Enumerable.Range(0, count).Select(i => new PictureRequest(i) { Label = random.NextBelow(((DiTPipeline)pipeline).Geometry.Classes) })];
    }
}
