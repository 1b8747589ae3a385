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
}
