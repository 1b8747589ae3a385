namespace DiTFastAttn.Models;

/// <summary>How a video of some seconds is made: in one piece up to 16 s, else in clips that overlap.</summary>
/// <param name="Frames">Frames of a clip.</param>
/// <param name="Loops">Clips.</param>
/// <param name="TotalFrames">Frames of the video.</param>
/// <param name="SavedFps">Frames a second of the file: the model's over the interval at which frames are kept.</param>
public sealed record VideoLength(int Frames, int Loops, int TotalFrames, int SavedFps)
{
    private const double LongestInOnePiece = 16;

    /// <summary>Computes it.</summary>
    /// <param name="seconds">Length of the video, above 0.</param>
    /// <param name="fps">Frames a second that the model is told, at least 1.</param>
    /// <param name="frameInterval">Every how many frames one is kept, at least 1.</param>
    /// <param name="conditionFrames">Frames of a clip that the next one begins with; fewer than a clip has.</param>
    /// <param name="clipFrames">Frames of a clip.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small, or clips would not get on.</exception>
    public static VideoLength Of(double seconds, int fps, int frameInterval, int conditionFrames, int clipFrames)
    {
        if (!(seconds > 0) || !double.IsFinite(seconds))
        {
            throw new ArgumentOutOfRangeException(nameof(seconds), seconds, "a video's length has to be a number of seconds above 0.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(fps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(frameInterval, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(conditionFrames);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(clipFrames, conditionFrames);
        var saved = fps / frameInterval;
        if (seconds <= LongestInOnePiece)
        {
            var frames = (int)Math.Floor(seconds * fps / frameInterval);
            return new VideoLength(frames, 1, frames, saved);
        }

        var loops = (int)Math.Ceiling(((seconds * fps / frameInterval) - conditionFrames) / (clipFrames - conditionFrames));
        return new VideoLength(clipFrames, loops, TotalOf(clipFrames, loops, conditionFrames), saved);
    }

    /// <summary>Frames of a video of overlapping clips.</summary>
    /// <param name="clipFrames">Frames of a clip.</param>
    /// <param name="loops">Clips.</param>
    /// <param name="conditionFrames">Frames that two neighbouring clips share.</param>
    public static int TotalOf(int clipFrames, int loops, int conditionFrames) => (loops * (clipFrames - conditionFrames)) + conditionFrames;
}
