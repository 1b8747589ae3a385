using System.Globalization;

namespace DiTFastAttn.Evaluation;

/// <summary>Which share of the work is this process's: one of several workers that an engine started (MPI, Slurm, torchrun, Kubernetes).</summary>
/// <param name="Rank">This worker, from 0.</param>
/// <param name="Size">All workers.</param>
/// <param name="Source">Where it is said: the variable's name, an option's, or <c>alone</c>.</param>
public sealed record WorkerShare(int Rank, int Size, string Source)
{
    // In this order: what starts processes inside of another engine's is the narrower.
    private static readonly (string Rank, string[] Size)[] Variables =
    [
        ("OMPI_COMM_WORLD_RANK", ["OMPI_COMM_WORLD_SIZE"]),
        ("PMI_RANK", ["PMI_SIZE"]),
        ("RANK", ["WORLD_SIZE"]),
        ("SLURM_ARRAY_TASK_ID", ["SLURM_ARRAY_TASK_COUNT"]),
        ("SLURM_PROCID", ["SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"]),
        ("JOB_COMPLETION_INDEX", ["JOB_COMPLETIONS", "WORLD_SIZE"]),
    ];

    /// <summary>The whole work.</summary>
    public static WorkerShare Alone { get; } = new(0, 1, "alone");

    /// <summary>Reads <c>R/N</c>, for example <c>0/4</c>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is none; the message says what would be right.</exception>
    public static WorkerShare Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('/') is [var rank, var size] && Number(rank) is { } r && Number(size) is { } n && r < n
            ? new WorkerShare(r, n, "--worker")
            : throw new FormatException("give a worker and the number of workers, from 0/N to N-1/N");
    }

    /// <summary>Reads the variables that engines set.</summary>
    /// <param name="variable">Gives a variable's value, or <see langword="null"/>.</param>
    /// <returns>The share; <see cref="Alone"/> where no engine says anything.</returns>
    /// <exception cref="FormatException">A rank stands without a size or beyond it; the message names the variables.</exception>
    public static WorkerShare FromEnvironment(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        foreach (var (rankName, sizeNames) in Variables)
        {
            if (variable(rankName) is not { Length: > 0 } rankText)
            {
                continue;
            }

            var sizeName = Array.Find(sizeNames, name => variable(name) is { Length: > 0 })
                ?? throw new FormatException($"{rankName} is {rankText}, and {string.Join(" or ", sizeNames)}, the number of workers, is not set; set it, or give --worker R/N");
            var first = rankName == "SLURM_ARRAY_TASK_ID" ? Number(variable("SLURM_ARRAY_TASK_MIN")) ?? 0 : 0;
            var step = rankName == "SLURM_ARRAY_TASK_ID" ? Math.Max(1, Number(variable("SLURM_ARRAY_TASK_STEP")) ?? 1) : 1;
            return Number(rankText) is { } rank && Number(variable(sizeName)) is { } size && rank >= first && (rank - first) / step < size
                ? new WorkerShare((rank - first) / step, size, rankName)
                : throw new FormatException(
                    $"{rankName} is {rankText} and {sizeName} is {variable(sizeName)}; a number from {first} on and the number of workers are needed, or --worker R/N");
        }

        return Alone;
    }

    /// <summary>Whether a piece of work is this worker's.</summary>
    /// <param name="index">The piece, from 0.</param>
    public bool Has(int index) => index % Size == Rank;

    private static int? Number(string? text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
