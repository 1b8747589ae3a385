namespace DiTFastAttn.Cli;

/// <summary>The program's exit statuses, the same for every verb.</summary>
internal static class ExitStatus
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>A check said no: a failed case, a missed limit, a plan that does not fit.</summary>
    public const int CheckFailed = 1;

    /// <summary>The user's input is wrong.</summary>
    public const int UserError = 2;

    /// <summary>The machine lacks something: no torch, no CUDA.</summary>
    public const int MachineLacks = 3;

    /// <summary>A bug of this program; the stack trace is printed.</summary>
    public const int Bug = 70;

    /// <summary>Cancelled by the user.</summary>
    public const int Cancelled = 130;
}
