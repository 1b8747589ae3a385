using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>What all blocks of one model call share. Owns its tensors.</summary>
internal sealed class VideoCall : IDisposable
{
    /// <summary>T, frames of tokens.</summary>
    public required long Frames { get; init; }

    /// <summary>Rows and columns of a frame's tokens.</summary>
    public required (int Rows, int Columns) Grid { get; init; }

    /// <summary>Shifts, scales and gates of all blocks, by frame: <c>[B, T or 1, 6·d]</c>.</summary>
    public required Tensor Modulation { get; init; }

    /// <summary>The same for the temporal branch: <c>[B, T or 1, 3·d]</c> in STDiT2; in STDiT the unmasked <see cref="Modulation"/>.</summary>
    public required Tensor TemporalModulation { get; init; }

    /// <summary><c>[B, Lt, d]</c></summary>
    public required Tensor Text { get; init; }

    /// <summary>bool <c>[B, Lt]</c>, or <see langword="null"/> where all texts are as long.</summary>
    public required Tensor? TextMask { get; init; }

    /// <summary>Rotation <c>[2, T, D]</c> of STDiT2, or the table over time <c>[1, T, d]</c> of STDiT, which may be missing.</summary>
    public required Tensor? FramePositions { get; init; }

    /// <summary>Shift and scale of the final layer: <c>[B, d]</c>.</summary>
    public required Tensor FinalCondition { get; init; }

    /// <summary>The same for frames that are conditions: <c>[B, d]</c>.</summary>
    public required Tensor? CleanFinalCondition { get; init; }

    /// <summary>bool <c>[B, T]</c>, borrowed.</summary>
    public required Tensor? FrameMask { get; init; }

    /// <summary>Told intermediate values.</summary>
    public required Action<string, Tensor>? Observe { get; init; }

    /// <summary>S, tokens of a frame.</summary>
    public long FrameTokens => (long)Grid.Rows * Grid.Columns;

    /// <summary>How the tokens of one frame lie.</summary>
    public TokenLayout FrameLayout => TokenLayout.Grid(Grid.Rows, Grid.Columns);

    /// <summary>How the tokens of one place lie.</summary>
    public TokenLayout PlaceLayout => TokenLayout.Grid((int)Frames, 1, 1);

    /// <summary>Tokens to frames: <c>[B, T·S, d] -> [B, T, S, d]</c>, a view.</summary>
    public Tensor ByFrame(Tensor tokens) => tokens.view(tokens.shape[0], Frames, FrameTokens, tokens.shape[2]);

    /// <summary><c>[B, T, S, d] -> [B·T, S, d]</c>: a sequence a frame, a view.</summary>
    public static Tensor EachFrame(Tensor x) => x.view(x.shape[0] * x.shape[1], x.shape[2], x.shape[3]);

    /// <summary><c>[B, T, S, d] -> [B·S, T, d]</c>: a sequence a place.</summary>
    public static Tensor EachPlace(Tensor x)
    {
        using var swapped = x.transpose(1, 2);
        return swapped.reshape(x.shape[0] * x.shape[2], x.shape[1], x.shape[3]);
    }

    /// <summary><c>[B·S, T, d] -> [B, T, S, d]</c>, a view.</summary>
    public Tensor FromPlaces(Tensor x)
    {
        using var split = x.view(x.shape[0] / FrameTokens, FrameTokens, Frames, x.shape[2]);
        return split.transpose(1, 2);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in new[] { Modulation, TemporalModulation, Text, TextMask, FramePositions, FinalCondition, CleanFinalCondition })
        {
            tensor?.Dispose();
        }
    }
}
