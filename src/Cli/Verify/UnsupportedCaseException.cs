namespace DiTFastAttn.Cli.Verify;

/// <summary>A case asks for something of its kind that this build does not have; the message says what.</summary>
internal sealed class UnsupportedCaseException : Exception
{
    public UnsupportedCaseException()
    {
    }

    public UnsupportedCaseException(string message)
        : base(message)
    {
    }

    public UnsupportedCaseException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
