namespace DiTFastAttn.Models;

/// <summary>A tokenizer's file cannot be used: it is missing, damaged, or none. The message is one line that names the file and the reason.</summary>
public sealed class TokenizerFileException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public TokenizerFileException()
    {
    }

    /// <summary>Makes an exception with a message.</summary>
    /// <param name="message">One line: file, value, what would be right.</param>
    public TokenizerFileException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a message and a cause.</summary>
    /// <param name="message">One line: file, value, what would be right.</param>
    /// <param name="innerException">What was wrong below.</param>
    public TokenizerFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Says of a file what is wrong with it: on one line, whatever the texts in it hold, and not without end.</summary>
    internal static TokenizerFileException About(string file, string what, Exception? cause = null)
    {
        const int Longest = 500;
        var line = string.Concat($"tokenizer '{file}': {what}.".Select(c => char.IsControl(c) ? '?' : c));
        line = line.Length > Longest ? $"{line[..Longest]}…" : line;
        return cause is null ? new TokenizerFileException(line) : new TokenizerFileException(line, cause);
    }
}
