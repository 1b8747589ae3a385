using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify;

/// <summary>Runs cases: whatever happens in one, the next one is run.</summary>
internal static class CaseRunner
{
    /// <summary>The kind of a case, or <see langword="null"/> where the file is no case.</summary>
    public static string? KindOf(string path)
    {
        try
        {
            using var file = CaseFile.Open(path);
            return file.Kind;
        }
        catch (Exception error) when (IsMalformed(error))
        {
            return null;
        }
    }

    /// <summary>Runs a case.</summary>
    /// <param name="path">The JSON file.</param>
    /// <param name="kinds">The kinds that are known.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    public static CaseResult Run(string path, IReadOnlyDictionary<string, ICaseKind> kinds, CancellationToken cancellation)
    {
        CaseFile file;
        try
        {
            file = CaseFile.Open(path);
        }
        catch (Exception error) when (IsMalformed(error))
        {
            return new CaseResult("?", Path.GetFileNameWithoutExtension(path), CaseStatus.Fail, null, $"{Path.GetFileName(path)}: {OneLine(error)}");
        }

        using (file)
        {
            return kinds.TryGetValue(file.Kind, out var kind)
                ? Run(file, kind, cancellation)
                : new CaseResult(file.Kind, file.Name, CaseStatus.Unsupported, null, "this build does not know the kind");
        }
    }

    private static CaseResult Run(CaseFile file, ICaseKind kind, CancellationToken cancellation)
    {
        try
        {
            using var noGrad = no_grad();
            using var answer = new CaseAnswer();
            kind.Compute(file, answer, cancellation);
            var outputs = Comparison.Compare(file, answer);
            var worst = outputs.MaxBy(output => output.Worst)!;
            return new CaseResult(
                file.Kind,
                file.Name,
                outputs.All(output => output.Passes) ? CaseStatus.Pass : CaseStatus.Fail,
                double.IsFinite(worst.Worst) ? worst.Worst : null,
                $"{worst.Name}: {worst.Detail}");
        }
        catch (UnsupportedCaseException error)
        {
            return new CaseResult(file.Kind, file.Name, CaseStatus.Unsupported, null, error.Message);
        }
        catch (Exception error) when (error is not OperationCanceledException && Failure.Of(error).Status != ExitStatus.MachineLacks)
        {
            return new CaseResult(file.Kind, file.Name, CaseStatus.Fail, null, OneLine(error));
        }
    }

    private static bool IsMalformed(Exception error) => error is FormatException or WeightFileException or TokenizerFileException or IOException or UnauthorizedAccessException;

    private static string OneLine(Exception error)
    {
        var text = error is FormatException or WeightFileException or TokenizerFileException or PlanMismatchException ? error.Message : $"{error.GetType().Name}: {error.Message}";
        return text.ReplaceLineEndings(" ");
    }
}
