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
}
