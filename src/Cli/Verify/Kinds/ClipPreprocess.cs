using System.Globalization;
using System.Text.RegularExpressions;
using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>clip.preprocess</c>: pictures made into what CLIP takes.</summary>
internal sealed partial class ClipPreprocess : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "clip.preprocess";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var processor = ClipImageProcessor.Parse(file.Config.GetRawText());
        using var levels = file.Tensor("in.image");
        if (levels.shape is not [var height, var width, 3])
        {
            throw new FormatException($"in.image is [{string.Join(", ", levels.shape)}]; [H, W, 3] is expected");
        }

        var image = new RgbImage((int)width, (int)height);
        using var packed = levels.contiguous();
        packed.bytes.CopyTo(image.Pixels.Span);
        var step = Step(file.Call.Optional("recorded_slice")?.GetString());
        Add("out.pixel_values_pil", ClipImageCrop.Pillow);
        Add("out.pixel_values_torchvision", ClipImageCrop.Torchvision);

        void Add(string name, ClipImageCrop crop)
        {
            using var pixels = processor.Process(image, crop);
            answer.Add(name, pixels[TensorIndex.Ellipsis, TensorIndex.Slice(step: step), TensorIndex.Slice(step: step)]);
        }
    }

    private static long Step(string? slice) => slice is null or "all"
        ? 1
        : RowsAndColumns().Match(slice) is { Success: true } match
            ? long.Parse(match.Groups["step"].Value, CultureInfo.InvariantCulture)
            : throw new FormatException($"call.recorded_slice is '{slice}'; 'all' or '[..., ::k, ::k]' is expected");

    [GeneratedRegex(@"^\[\.\.\., ::(?<step>[0-9]{1,4}), ::\k<step>\]$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RowsAndColumns();
}
