namespace DiTFastAttn.Models;

/// <summary>
/// A weight file cannot be used: it is damaged, or it does not fit the model. The message is one line that names the file,
/// the tensor where there is one, the value found and what would be right.
/// </summary>
public sealed class WeightFileException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public WeightFileException()
    {
    }

    /// <summary>Makes an exception with a message.</summary>
    /// <param name="message">One line: file, tensor, value, what would be right.</param>
    public WeightFileException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a message and a cause.</summary>
    /// <param name="message">One line: file, tensor, value, what would be right.</param>
    /// <param name="innerException">What was wrong below.</param>
    public WeightFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Says of a file what is wrong with it: on one line, whatever the names in it hold, and not without end.</summary>
    internal static WeightFileException About(string file, string what, Exception? cause = null)
    {
        const int Longest = 1000;
        var line = string.Concat($"weights '{file}': {what}.".Select(c => char.IsControl(c) ? '?' : c));
        line = line.Length > Longest ? $"{line[..Longest]}…" : line;
        return cause is null ? new WeightFileException(line) : new WeightFileException(line, cause);
    }
}
