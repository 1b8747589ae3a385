using System.Runtime.InteropServices;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli;

/// <summary>
/// Turns Ctrl-C and a polite kill into a cancellation. Work that does not stop by itself within <see cref="Patience"/> (one
/// long call into torch) is ended with the process, unfinished files taken away first; so is everything at a second Ctrl-C. The time counts from
/// when what registered for it has saved its work.
/// </summary>
internal sealed partial class Interrupt : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(800);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Timer _deadline;

    public Interrupt()
    {
        _deadline = new Timer(_ => EndProcess());
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _deadline.Dispose();
        _source.Dispose();
    }

    private static void EndProcess()
    {
        AtomicFile.AbandonAll();
        Console.Error.WriteLine("ditfast: cancelled.");
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(ExitStatus.Cancelled);
        }

        // Not exit(): it would tear libtorch down under the threads that still compute with it.
        _exit(ExitStatus.Cancelled);
    }

    [LibraryImport("libc")]
    private static partial void _exit(int status);

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_source.IsCancellationRequested)
        {
            EndProcess();
        }

        try
        {
            _source.Cancel();
        }
        catch (AggregateException error)
        {
            // What was to be saved on the way out could not be.
            Console.Error.WriteLine("ditfast: " + Failure.Of(error).Text);
        }
        finally
        {
            // What is saved on the way out takes the time it needs, and is not cut off.
            _deadline.Change(Patience, Timeout.InfiniteTimeSpan);
        }
    }
}
