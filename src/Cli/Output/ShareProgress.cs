namespace DiTFastAttn.Cli;

/// <summary>Tells a share that is done, 0 to 1, on the caller's thread, unlike <see cref="Progress{T}"/>: a bar that is disposed hears nothing late.</summary>
/// <param name="report">Told the share.</param>
internal sealed class ShareProgress(Action<double> report) : IProgress<double>
{
    /// <inheritdoc/>
    public void Report(double value) => report(value);
}
