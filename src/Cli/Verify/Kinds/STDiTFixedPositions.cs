using DiTFastAttn.Models.OpenSora;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>stdit.v1_pos_embed</c>: STDiT's position tables over space and time.</summary>
internal sealed class STDiTFixedPositions : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "stdit.v1_pos_embed";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var (grid, width, step) = (file.Call.Longs("grid"), file.Call.Int("hidden_size"), 1 / file.Call.Number("space_scale"));
        using var spatial = VideoPositions.OfFrame((int)grid[0], (int)grid[1], width, step, step);
        using var temporal = VideoPositions.OfFrames(file.Call.Int("frames"), width, file.Call.Number("time_scale"));
        answer.Add("out.spatial", spatial[0]);
        answer.Add("out.temporal", temporal[0]);
    }
}
