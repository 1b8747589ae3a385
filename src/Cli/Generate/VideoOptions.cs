using System.CommandLine;
using System.Globalization;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Generate;

/// <summary>The options of what makes videos, under our names and those of OpenSora's scripts.</summary>
internal static class VideoOptions
{
    private const int MostFrames = 4096;
    private const int MostPixels = 8192;

    public static readonly Option<int> Frames = ValueOption.Integer(["--num-frames", "--num_frames"], "Frames of a clip; 1 for a picture.", 16, 1, MostFrames);

    public static readonly Option<double> Fps = ValueOption.Make(
        ["--fps"], "X", "Frames a second that the model is told.",
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var fps) && fps > 0 && fps <= 1000
            ? fps
            : throw new FormatException("give a number above 0 and up to 1000"),
        _ => 24);

    public static readonly Option<int> FrameInterval = ValueOption.Integer(
        ["--frame-interval", "--frame_interval"], "Every how many frames one is kept: the file plays at --fps over this.", 3, 1, 1000);

    public static readonly Option<(int Height, int Width, string? Name)> Resolution = ValueOption.Make<(int Height, int Width, string? Name)>(
        ["--resolution"], "NAME|WxH", "144p, 240p, 360p, 480p, 720p and more at the trained size of --aspect, or width and height in pixels.", ParseResolution, _ => (0, 0, "240p"));

    public static readonly Option<(double Width, double Height)?> Aspect = ValueOption.Make<(double Width, double Height)?>(
        ["--aspect"], "W:H", "Width to height; of the trained sizes the nearest is taken. 16:9 where not given.",
        text => text.Split(':') is [var width, var height] && Side(width) is { } w && Side(height) is { } h ? (w, h) : throw new FormatException("give width:height, as 16:9 or 1:1"));

    public static readonly Option<string[]> Condition = new("--condition")
    {
        HelpName = "IMAGE", Description = "A picture that the video begins with; several are the references 0, 1, … of --mask-strategy.", Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    public static readonly Option<string?> MaskStrategy = ValueOption.Text(
        ["--mask-strategy", "--mask_strategy"], "GROUPS", "Where references go: loop,reference,reference start,target start,length,edit ratio;… The first begins the video where not given.");

    public static readonly Option<int> Loop = ValueOption.Integer(["--loop"], "Clips of a long video; each begins with the last frames of the one before it.", 1, 1, 1000);

    public static readonly Option<int> ConditionFrames = ValueOption.Integer(
        ["--condition-frame-length", "--condition_frame_length"], "Frames that a clip takes over from the one before it.", 4, 1, MostFrames);

    public static readonly Option<string> Ffmpeg = ValueOption.Make(
        ["--ffmpeg"], "PROGRAM", "What makes the MP4.", text => text.Length > 0 ? text : throw new FormatException("give a program"), _ => "ffmpeg");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Option> All => [Frames, Fps, FrameInterval, Resolution, Aspect, Condition, MaskStrategy, Loop, ConditionFrames, Ffmpeg];

    /// <summary>The size that the options ask for.</summary>
    /// <param name="call">The call.</param>
    /// <param name="size">Height and width, where another option says them.</param>
    /// <exception cref="UserErrorException">There is no such size.</exception>
    public static VideoConditioning Size(VerbCall call, (int Height, int Width)? size = null)
    {
        var (height, width) = size ?? Pixels(call);
        try
        {
            return new VideoConditioning(call.Get(Frames), height, width, call.Get(Fps));
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new UserErrorException($"{(size is null ? Resolution.Name : "--image-size")} {width}x{height}: {error.Message.Split(" (Parameter", 2)[0]}", error);
        }
    }

    /// <summary>The size, made sure that the model makes it.</summary>
    /// <exception cref="UserErrorException">It does not.</exception>
    public static VideoConditioning Checked(OpenSoraPipeline pipeline, VideoConditioning size)
    {
        try
        {
            pipeline.Check(size);
            return size;
        }
        catch (ArgumentException error)
        {
            throw new UserErrorException(error.Message.Split(" (Parameter", 2)[0], error);
        }
    }

    /// <summary>Frames that a clip takes over, made sure that clips get on.</summary>
    /// <exception cref="UserErrorException">They would not.</exception>
    public static int ConditionFramesOf(VerbCall call, VideoConditioning size)
    {
        var frames = call.Get(ConditionFrames);
        return call.Get(Loop) == 1 || frames < size.Frames
            ? frames
            : throw new UserErrorException($"{ConditionFrames.Name} {frames}: clips have {size.Frames} frames; give fewer, so that each adds some.");
    }

    /// <summary>Frames a second of the file: whole ones, as OpenSora's scripts have it, where there is one at least.</summary>
    public static double PlayedFps(VerbCall call)
    {
        var fps = call.Get(Fps) / call.Get(FrameInterval);
        return fps >= 1 ? Math.Floor(fps) : fps;
    }

    private static (int Height, int Width) Pixels(VerbCall call)
    {
        var (height, width, name) = call.Get(Resolution);
        if (name is null)
        {
            return call.Get(Aspect) is null ? (height, width) : throw new UserErrorException($"--aspect: --resolution {width}x{height} says both sides; leave one of them out.");
        }

        var aspect = call.Get(Aspect) ?? (16, 9);
        var found = VideoResolutions.Named(name).Closest(aspect.Height, aspect.Width);
        return (found.Height, found.Width);
    }

    private static (int Height, int Width, string? Name) ParseResolution(string text)
    {
        if (VideoResolutions.All.Any(resolution => resolution.Name == text))
        {
            return (0, 0, text);
        }

        return text.Split('x') is [var width, var height] && Whole(width) is { } w && Whole(height) is { } h
            ? (h, w, null)
            : throw new FormatException($"give one of {string.Join(", ", VideoResolutions.All.Select(resolution => resolution.Name))}, or WxH with 8 to {MostPixels} pixels a side");

        static int? Whole(string side) => int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out var pixels) && pixels is >= VideoConditioning.LatentScale and <= MostPixels ? pixels : null;
    }

    private static double? Side(string text)
        => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var side) && side > 0 ? side : null;
}
