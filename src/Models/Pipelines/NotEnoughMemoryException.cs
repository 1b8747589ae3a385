namespace DiTFastAttn.Models;

/// <summary>A model would not fit into what is free of the machine's memory; the message is one line with both figures.</summary>
public sealed class NotEnoughMemoryException : Exception
{
    /// <summary>Makes one without a message of its own.</summary>
    public NotEnoughMemoryException()
    {
    }

    /// <summary>Makes one with a message.</summary>
    /// <param name="message">What needs how much, and how much there is.</param>
    public NotEnoughMemoryException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with a message and its cause.</summary>
    /// <param name="message">What needs how much, and how much there is.</param>
    /// <param name="innerException">The cause.</param>
    public NotEnoughMemoryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
