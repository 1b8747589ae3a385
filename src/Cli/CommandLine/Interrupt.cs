using System.Runtime.InteropServices;

namespace DiTFastAttn.Cli;

/// <summary>
/// Turns Ctrl-C and a polite kill into a cancellation. Work that does not stop by itself within <see cref="Patience"/> (one
/// long call into torch) is ended with the process, unfinished files taken away first; so is everything at a second Ctrl-C.
/// </summary>
internal sealed class Interrupt : IDisposable
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
        Console.Error.WriteLine("cancelled.");
        Console.Error.Flush();
        Console.Out.Flush();
        if (!OperatingSystem.IsWindows())
        {
            // A thread may be deep inside torch, whose globals an orderly exit would take down under it.
            ExitNow(ExitStatus.Cancelled);
        }

        Environment.Exit(ExitStatus.Cancelled);
    }

    [DllImport("libc", EntryPoint = "_exit", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ExitNow(int status);

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_source.IsCancellationRequested)
        {
            EndProcess();
        }

        _deadline.Change(Patience, Timeout.InfiniteTimeSpan);
        _source.Cancel();
    }
}
