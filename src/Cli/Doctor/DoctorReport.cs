using System.Globalization;
using static System.FormattableString;

namespace DiTFastAttn.Cli;

/// <summary>What a machine has of what this project needs; <c>ditfast doctor</c> shows it.</summary>
/// <remarks><c>build/doctor.sh</c> gives the same fields, as far as a shell can tell, where the program cannot start.</remarks>
internal sealed record DoctorReport
{
    /// <summary>Version of the .NET SDK that builds this checkout; null where none fits.</summary>
    public required string? Sdk { get; init; }

    /// <summary>Version of the .NET runtime that runs the program.</summary>
    public required string Runtime { get; init; }

    /// <summary>What serves TorchSharp's API: <c>TorchSharp</c> or <c>LibTorch</c>.</summary>
    public required string TorchProvider { get; init; }

    /// <summary>What the loaded torch says of itself; null where it does not load.</summary>
    public required string? TorchVersion { get; init; }

    /// <summary>Folder of the libtorch; null where the packages bring it.</summary>
    public required string? TorchFolder { get; init; }

    /// <summary>Why the launcher took this torch; null where the program was not built by the launcher.</summary>
    public required string? TorchReason { get; init; }

    /// <summary>The places where the launcher looked for a torch, in order, each with what was there.</summary>
    public required IReadOnlyList<string> TorchConsidered { get; init; }

    /// <summary>Devices that <c>--device</c> accepts.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>Name of the processor.</summary>
    public required string Processor { get; init; }

    /// <summary>Vector instructions that the kernels of this process may use; switches such as <c>DOTNET_EnableAVX512=0</c> show here.</summary>
    public required IReadOnlyList<string> InstructionSets { get; init; }

    /// <summary>The attention kernel chosen for this processor, as <c>bench attention</c> names it.</summary>
    public required string Kernel { get; init; }

    /// <summary>Keys that it takes at a time, as `bench tiles --keep` found them best for this processor.</summary>
    public required int KeyBlock { get; init; }

    /// <summary>Library behind torch's matrix products.</summary>
    public required string Blas { get; init; }

    /// <summary>Processor type whose kernels OpenBLAS took; null for another library.</summary>
    public required string? BlasCore { get; init; }

    /// <summary>Cores, and so threads where <c>--threads</c> says nothing.</summary>
    public required int Threads { get; init; }

    /// <summary>What keeps the program from working, each with the way to get it. Empty: all is well.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>What would make it faster, each with the way to get it.</summary>
    public required IReadOnlyList<string> Advice { get; init; }

    /// <summary>Whether everything is there that the program needs.</summary>
    public bool Ok => Missing.Count == 0;

    /// <summary>The report for a reader, a line a fact.</summary>
    public IEnumerable<string> ToLines()
    {
        yield return Line(".NET", $"SDK {Sdk ?? "none"}, runtime {Runtime}");
        yield return Line("torch", $"{TorchProvider}, {(TorchVersion is null ? "does not load" : $"version {TorchVersion}")}{(TorchFolder is null ? "" : $", in {TorchFolder}")}");
        yield return Line("", TorchReason is null ? "built without ./ditfast: nothing is recorded about the choice" : $"because {TorchReason}:");
        foreach (var place in TorchConsidered)
        {
            yield return Line("", $"- {place}");
        }

        yield return Line("devices", Devices.Count == 0 ? "none" : string.Join(", ", Devices));
        yield return Line("processor", $"{Processor}: {(InstructionSets.Count == 0 ? "no vector instructions in use" : string.Join(", ", InstructionSets))}");
        yield return Line("kernel", Invariant($"{Kernel}, {KeyBlock} keys at a time"));
        yield return Line("BLAS", BlasCore is null ? Blas : $"{Blas}, kernels for {BlasCore}");
        yield return Line("threads", Threads.ToString(CultureInfo.InvariantCulture));
        foreach (var line in Advice)
        {
            yield return Line("advice", line);
        }

        foreach (var line in Missing.DefaultIfEmpty("nothing"))
        {
            yield return Line("missing", line);
        }
    }

    private static string Line(string name, string text) => $"  {name,-10} {text}";
}
