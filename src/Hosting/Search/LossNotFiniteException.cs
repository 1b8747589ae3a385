namespace DiTFastAttn.Hosting.Search;

/// <summary>A plan search met a loss that is no number. The message names step, site and candidate.</summary>
public sealed class LossNotFiniteException : Exception
{
    /// <summary>Makes one with a message.</summary>
    /// <param name="message">One line: step, site, candidate.</param>
    public LossNotFiniteException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with a message and a cause.</summary>
    /// <param name="message">One line: step, site, candidate.</param>
    /// <param name="innerException">The cause.</param>
    public LossNotFiniteException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes one without a message.</summary>
    public LossNotFiniteException()
    {
    }
}
