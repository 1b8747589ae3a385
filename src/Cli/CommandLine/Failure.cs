using System.Runtime.InteropServices;
using DiTFastAttn.Cli.ObjectStore;
using DiTFastAttn.Evaluation;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli;

/// <summary>What an exception means to the user: the one place that knows.</summary>
/// <param name="Status">The exit status.</param>
/// <param name="Text">What to print on stderr.</param>
internal sealed record Failure(int Status, string Text)
{
    /// <summary>Judges an exception that ended a verb.</summary>
    /// <param name="error">The exception.</param>
    public static Failure Of(Exception error) => error switch
    {
        OperationCanceledException => new Failure(ExitStatus.Cancelled, "cancelled."),
        UserErrorException or PlanMismatchException or WeightFileException or TokenizerFileException or LossNotFiniteException or SearchLogException or EvaluationException or ObjectStoreException => new Failure(ExitStatus.UserError, error.Message),
        MachineLacksException or NotEnoughMemoryException => new Failure(ExitStatus.MachineLacks, error.Message),
        UnauthorizedAccessException or IOException => new Failure(ExitStatus.UserError, OneLine(error.Message)),
        _ when IsOutOfMemory(error) => new Failure(
            ExitStatus.MachineLacks, $"not enough memory ({error.Message.Split('\n')[0].Trim()}): ask for less at a time, or use a machine with more."),
        DllNotFoundException or BadImageFormatException => new Failure(ExitStatus.MachineLacks, WithAdvice(OneLine(error.Message))),
        TypeInitializationException { InnerException: { } inner } when Of(inner) is { Status: ExitStatus.MachineLacks } lacks => lacks,
        AggregateException { InnerExceptions: [var only] } => Of(only),
        _ => new Failure(ExitStatus.Bug, $"This is a bug of ditfast; please report it with the lines below.\n{error}"),
    };

    /// <summary>What libtorch says where memory ends: the CPU's allocator, CUDA's, or a size that no number holds.</summary>
    private static bool IsOutOfMemory(Exception error) => error is OutOfMemoryException
        || (error is ExternalException
            && (error.Message.Contains("tried to allocate", StringComparison.OrdinalIgnoreCase)
                || error.Message.Contains("size calculation overflowed", StringComparison.Ordinal)));

    private static string WithAdvice(string message)
        => message.Contains("doctor", StringComparison.Ordinal) ? message : $"{message} './ditfast doctor' says what is missing and how to get it.";

    private static string OneLine(string message) => string.Join(' ', message.Split('\n', '\r').Select(line => line.Trim()).Where(line => line.Length > 0));
}
