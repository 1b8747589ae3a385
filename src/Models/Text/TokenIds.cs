using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Text;

/// <summary>Checks of token ids before torch sees them: an id outside the table can end the process there.</summary>
internal static class TokenIds
{
    /// <summary>Checks ids <c>[B, L]</c> and a mask of the same shape.</summary>
    /// <exception cref="ArgumentException">A shape or dtype does not fit, or an id is out of range.</exception>
    public static void Check(Tensor ids, Tensor? mask, int vocabulary)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.shape is not [> 0, > 0] || ids.dtype != ScalarType.Int64)
        {
            throw new ArgumentException($"token ids have shape {SafetensorsTypes.ShapeText(ids.shape)} of {ids.dtype}; [B, L] of Int64 is needed.", nameof(ids));
        }

        if (mask is not null && !mask.shape.SequenceEqual(ids.shape))
        {
            throw new ArgumentException(
                $"the mask has shape {SafetensorsTypes.ShapeText(mask.shape)}; one number for each of the ids {SafetensorsTypes.ShapeText(ids.shape)} is needed.",
                nameof(mask));
        }

        using var lowest = ids.min();
        using var highest = ids.max();
        var (low, high) = (lowest.item<long>(), highest.item<long>());
        if (low < 0 || high >= vocabulary)
        {
            throw new ArgumentException($"token id {(low < 0 ? low : high)} is out of range: the model's table has rows 0 to {vocabulary - 1}.", nameof(ids));
        }
    }
}
