using System.Globalization;
using System.Text.RegularExpressions;
using DiTFastAttn.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>metrics.is_preprocess</c>: what DiTFastAttn's program makes of its pictures before the Inception Score.</summary>
internal sealed partial class MetricsPreprocess : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "metrics.is_preprocess";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var images = file.Tensor("in.images");
        using var bytes = InceptionInput.Truncate(images);
        using var resized = InceptionInput.ResizeBytes(bytes);
        var step = Step(file.Call.Text("slice"));
        answer.Add("out.bytes", bytes.clone());
        answer.Add("out.resized_slice", resized[TensorIndex.Ellipsis, TensorIndex.Slice(step: step), TensorIndex.Slice(step: step)].clone());
    }

    private static long Step(string slice) => RowsAndColumns().Match(slice) is { Success: true } match
        ? long.Parse(match.Groups["step"].Value, CultureInfo.InvariantCulture)
        : throw new FormatException($"call.slice is '{slice}'; '… [:, :, ::k, ::k]' is expected");

    [GeneratedRegex(@"\[:, :, ::(?<step>[0-9]{1,4}), ::\k<step>\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RowsAndColumns();
}
