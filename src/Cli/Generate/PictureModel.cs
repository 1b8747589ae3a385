using DiTFastAttn.Cli.Demo;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Generate;

/// <summary>Opens the model that a verb draws with.</summary>
internal static class PictureModel
{
    private const int Parts = 1000;

    /// <summary>Opens a folder, a checkpoint that describes itself, or <c>demo</c>.</summary>
    /// <param name="name">What the user typed.</param>
    /// <param name="use">Device, and the dtype that was asked for.</param>
    /// <param name="components">A folder for what the first lacks.</param>
    /// <exception cref="WeightFileException">It is no such model.</exception>
    /// <exception cref="MachineLacksException">The dtype is none that this machine computes in.</exception>
    public static PicturePipeline Open(string name, TorchUse use, string? components = null)
    {
        use.RequireArithmetic();
        return name == ModelInput.Demo
            ? DiTPipeline.Of(DemoModel.Load(), name, use.Dtype, use.Device)
            : PicturePipelines.Open(name, use.AskedDtype, use.Device, components);
    }

    /// <summary>What the published pipeline would say of the pictures; what cannot be made is the user's error.</summary>
    public static void Prepare(VerbCall call, PicturePipeline pipeline, IReadOnlyList<PictureRequest> pictures, PictureSettings settings)
    {
        try
        {
            using var bar = new ProgressBar(call.Terminal, "encode prompts", Parts, "parts of a thousand");
            foreach (var note in pipeline.Prepare(pictures, settings, new ShareProgress(done => bar.Report((long)(done * Parts))), call.Cancellation))
            {
                call.Terminal.Log.WriteLine("ditfast: " + note);
            }
        }
        catch (ArgumentException error)
        {
            throw new UserErrorException(error.Message.Split(" (Parameter", 2)[0].ReplaceLineEndings(" "), error);
        }
    }
}
