using DiTFastAttn.Hosting.Composition;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace DiTFastAttn.Hosting;

/// <summary>What can stand around every strategy: measuring, logging, checking, recording.</summary>
public static class CompositionExtensions
{
    /// <summary>Measures every call of a site in a run. Read the result from the service <see cref="AttentionTimings"/>.</summary>
    /// <param name="builder">What <c>AddDiTFastAttn</c> returned.</param>
    /// <param name="waitsForDevice">
    /// Whether a GPU is waited for before and after each call, so that the time is that of computing it and not of handing it over. A run is slower for it.
    /// </param>
    public static DiTFastAttnBuilder UseTiming(this DiTFastAttnBuilder builder, bool waitsForDevice = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<AttentionTimings>();
        return builder.Use((strategy, inner, services) => new TimingProcessor(strategy, inner, services.GetRequiredService<AttentionTimings>(), waitsForDevice));
    }

    /// <summary>
    /// Logs every call of a site in a run to the category <c>DiTFastAttn.Attention</c>: at <see cref="LogLevel.Debug"/>, or at
    /// <see cref="LogLevel.Error"/> where it throws.
    /// </summary>
    /// <param name="builder">What <c>AddDiTFastAttn</c> returned.</param>
    public static DiTFastAttnBuilder UseLogging(this DiTFastAttnBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Use((strategy, inner, services) => new LoggingProcessor(
            strategy,
            inner,
            services.GetService<ILoggerFactory>()?.CreateLogger("DiTFastAttn.Attention")
                ?? throw new InvalidOperationException("UseLogging finds no logging: add services.AddLogging(…).")));
    }

    /// <summary>
    /// Throws <see cref="AttentionNotFiniteException"/> at the first output of a site that has NaN or an infinity. It looks at every element
    /// and waits for the device: for finding a fault, not for every day.
    /// </summary>
    /// <param name="builder">What <c>AddDiTFastAttn</c> returned.</param>
    public static DiTFastAttnBuilder UseNaNCheck(this DiTFastAttnBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Use((strategy, inner, _) => new NaNCheckProcessor(strategy, inner));
    }

    /// <summary>Copies tokens and output of every call of a site in a run into a recording.</summary>
    /// <param name="builder">What <c>AddDiTFastAttn</c> returned.</param>
    /// <param name="recording">The recording; stays the caller's.</param>
    public static DiTFastAttnBuilder UseRecording(this DiTFastAttnBuilder builder, AttentionRecording recording)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(recording);
        return builder.Use((strategy, inner, _) => new RecordingProcessor(strategy, inner, recording));
    }
}
