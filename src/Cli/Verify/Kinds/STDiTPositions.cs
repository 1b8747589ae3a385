using System.Globalization;
using DiTFastAttn.Models.OpenSora;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>stdit.pos_embed</c>: STDiT2's position tables.</summary>
internal sealed class STDiTPositions : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "stdit.pos_embed";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var dtype = file.Call.Optional("frequency_dtype")?.GetString() switch
        {
            null or "float32" => ScalarType.Float32,
            "bfloat16" => ScalarType.BFloat16,
            "float16" => ScalarType.Float16,
            var other => throw new UnsupportedCaseException($"frequencies of {other}"),
        };
        var index = 0;
        foreach (var grid in file.Call.Items("grids"))
        {
            answer.Add(
                string.Create(CultureInfo.InvariantCulture, $"out.{index++}"),
                VideoPositions.OfScaledFrame(
                    grid[0].GetInt32(), grid[1].GetInt32(), file.Call.Int("hidden_size"), grid[2].GetDouble(), file.Call.Int("input_sq_size"), dtype));
        }
    }
}
