using System.Globalization;
using DiTFastAttn.Evaluation;

namespace DiTFastAttn.Cli;

/// <summary>Which share of the work is this process's.</summary>
internal static class WorkerChoice
{
    /// <summary>What the call says, or else the engine that started the process.</summary>
    /// <param name="call">A call of a verb with <see cref="CommonOptions.Worker"/>.</param>
    /// <exception cref="UserErrorException">The engine's variables contradict each other.</exception>
    public static WorkerShare Of(VerbCall call)
    {
        try
        {
            return call.Get(CommonOptions.Worker) ?? WorkerShare.FromEnvironment(Environment.GetEnvironmentVariable);
        }
        catch (FormatException error)
        {
            throw new UserErrorException(error.Message + ".", error);
        }
    }

    /// <summary>Says that a worker's share is done, and that others are still at theirs.</summary>
    /// <param name="call">The call.</param>
    /// <param name="share">The share.</param>
    public static void SayDone(VerbCall call, WorkerShare share) => call.Terminal.Line(string.Create(
        CultureInfo.InvariantCulture, $"worker {share.Rank} of {share.Size} is done; the last one to finish writes the results."));
}
