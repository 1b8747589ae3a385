using DiTFastAttn.Models.Shapes;

namespace DiTFastAttn.Models.Training;

/// <summary>
/// Draws a batch's timesteps evenly instead of independently: half of them over all 1000, half over 300 to 899, where the
/// noise leaves the picture's shape to be decided.
/// </summary>
internal static class StratifiedTimesteps
{
    private const int Count = 1000;
    private const int DecisiveFirst = 300;
    private const int DecisiveCount = 600;

    /// <summary>Draws one timestep from each of B equal parts.</summary>
    /// <param name="batch">B</param>
    /// <param name="random">Advanced by B draws.</param>
    /// <returns>B timesteps in [0, 1000).</returns>
    public static long[] Draw(int batch, ref RandomStream random)
    {
        var timesteps = new long[batch];
        for (var i = 0; i < batch; i++)
        {
            var place = (i + random.NextUniform()) / batch;
            timesteps[i] = place < 0.5 ? (long)(2 * Count * place) : (long)(DecisiveFirst + (2 * DecisiveCount * (place - 0.5)));
        }

        return timesteps;
    }
}
