using DiTFastAttn.Cli.Demo;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Models;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using TorchSharp;

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

    /// <summary>What a run is; what cannot be made is the user's error. No weights are loaded for it.</summary>
    /// <param name="make">Makes it.</param>
    public static RunRequest Request(Func<RunRequest> make) => AsUserError(make);

    /// <summary>Attaches a model's outline, to hold plans against it before weights are loaded.</summary>
    /// <param name="outline">Names, shapes and sites of the model.</param>
    /// <param name="window">The window for plans that are made.</param>
    /// <param name="given">The plan that the user names, if any.</param>
    /// <param name="subLayers">Whether sub-layers are columns of plans in any case.</param>
    public static AttachedModel AttachOutline(torch.nn.Module outline, AttentionWindow window, GivenPlan? given, bool subLayers = false)
        => AttachedModel.Attach(outline, new ProcessorCatalog(), AttentionKernels.Default, window, subLayers: subLayers || given?.HasSubLayers == true);

    /// <summary>What the published pipeline would say of the pictures; what cannot be made is the user's error.</summary>
    public static void Prepare(VerbCall call, PicturePipeline pipeline, IReadOnlyList<PictureRequest> pictures, PictureSettings settings)
    {
        _ = AsUserError(() =>
        {
            using var bar = new ProgressBar(call.Terminal, "encode prompts", Parts, "parts of a thousand");
            foreach (var note in pipeline.Prepare(pictures, settings, new ShareProgress(done => bar.Report((long)(done * Parts))), call.Cancellation))
            {
                call.Terminal.Log.WriteLine("ditfast: " + note);
            }

            return pictures.Count;
        });
    }

    private static T AsUserError<T>(Func<T> compute)
    {
        try
        {
            return compute();
        }
        catch (ArgumentException error)
        {
            throw new UserErrorException(error.Message.Split(" (Parameter", 2)[0].ReplaceLineEndings(" "), error);
        }
    }
}
