namespace DiTFastAttn.Cli;

/// <summary>
/// The user's input is wrong (exit status 2). The message is one or two lines that name the option or file, the value and
/// what would be right.
/// </summary>
internal sealed class UserErrorException : Exception
{
    public UserErrorException()
    {
    }

    public UserErrorException(string message)
        : base(message)
    {
    }

    public UserErrorException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
