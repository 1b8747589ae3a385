using System.Diagnostics;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace DiTFastAttn.Hosting.Composition;

/// <summary>Logs the calls of the strategy inside it.</summary>
internal sealed partial class LoggingProcessor(string strategy, IAttentionProcessor inner, ILogger log) : DelegatingAttentionProcessor(inner)
{
    public override torch.Tensor Attend(in AttentionCall call)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            var output = base.Attend(call);
            if (log.IsEnabled(LogLevel.Debug))
            {
                LogCall(log, call.Step, call.Site.Name, strategy, string.Join(", ", call.Hidden.shape), Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return output;
        }
        catch (Exception error)
        {
            LogFailure(log, error, call.Step, call.Site.Name, strategy, string.Join(", ", call.Hidden.shape));
            throw;
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "step {Step}, site {Site}: {Strategy} on [{Shape}] took {Milliseconds:0.000} ms")]
    private static partial void LogCall(ILogger log, int step, string site, string strategy, string shape, double milliseconds);

    [LoggerMessage(2, LogLevel.Error, "step {Step}, site {Site}: {Strategy} on [{Shape}] failed")]
    private static partial void LogFailure(ILogger log, Exception error, int step, string site, string strategy, string shape);
}
