using System.Diagnostics;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>weights.refuse</c>: a weight file that has to be refused with a reason, in little time and memory, and without consequences.</summary>
internal sealed class WeightsRefuse : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "weights.refuse";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var path = file.Beside(file.Call.Text("path"));
        var limits = file.Root.Member("limits");
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        var reason = Open(path);
        var seconds = clock.Elapsed.TotalSeconds;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var problem = reason switch
        {
            null => "the file is opened as if it were sound",
            _ when !reason.Contains(Path.GetFileName(path), StringComparison.Ordinal) => $"the error does not name the file: {reason}",
            _ when allocated > limits.Number("max_extra_memory_bytes") => $"{allocated} bytes are allocated: {reason}",
            _ when seconds > limits.Number("max_seconds") => $"{seconds:0.0} s pass: {reason}",
            _ => limits.Texts("must_not_exist_afterwards").FirstOrDefault(File.Exists) is { } left ? $"a file '{left}' is there afterwards" : null,
        };
        answer.Verdict = problem is null ? new ComparedOutput("out", 0, reason!) : ComparedOutput.Failed("out", problem);
    }

    private static string? Open(string path)
    {
        try
        {
            WeightFile.Open(path).Dispose();
            return null;
        }
        catch (WeightFileException error)
        {
            return error.Message;
        }
    }
}
