namespace DiTFastAttn.Cli;

/// <summary>The machine lacks something (exit status 3). The message is one line that says what, and how to get it.</summary>
internal sealed class MachineLacksException : Exception
{
    public MachineLacksException()
    {
    }

    public MachineLacksException(string message)
        : base(message)
    {
    }

    public MachineLacksException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
