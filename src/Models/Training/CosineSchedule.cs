namespace DiTFastAttn.Models.Training;

/// <summary>The share of the highest learning rate: a linear rise, times half a cosine from 1 down to 0.</summary>
internal static class CosineSchedule
{
    /// <summary>min(1, progress/warmUp) · (1 + cos(π·progress))/2</summary>
    /// <param name="progress">How much of the training is done, from 0 to 1.</param>
    /// <param name="warmUp">Share of the training over which the rate rises; 0 for none.</param>
    public static double At(double progress, double warmUp)
    {
        var rise = progress < warmUp ? progress / warmUp : 1;
        return rise * (1 + Math.Cos(Math.PI * Math.Clamp(progress, 0, 1))) / 2;
    }
}
