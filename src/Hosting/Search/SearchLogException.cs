namespace DiTFastAttn.Hosting.Search;

/// <summary>A search log cannot be used: it is another search's, another search writes it, it is damaged, or there is no room for it.</summary>
public sealed class SearchLogException : Exception
{
    /// <summary>Makes one with a message.</summary>
    /// <param name="message">One line: the log, what is wrong, what would be right.</param>
    public SearchLogException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with a message and a cause.</summary>
    /// <param name="message">One line: the log, what is wrong, what would be right.</param>
    /// <param name="innerException">The cause.</param>
    public SearchLogException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes one without a message.</summary>
    public SearchLogException()
    {
    }
}
