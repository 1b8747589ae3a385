namespace DiTFastAttn.Hosting.Composition;

/// <summary>A site's output has NaN or an infinity.</summary>
public sealed class AttentionNotFiniteException : Exception
{
    /// <summary>Makes one for a call.</summary>
    /// <param name="site">The site's name.</param>
    /// <param name="step">Step of the run, from 0.</param>
    /// <param name="strategy">The strategy's id.</param>
    /// <param name="inTokens">Whether the tokens that came in had some already.</param>
    public AttentionNotFiniteException(string site, int step, string strategy, bool inTokens)
        : base($"step {step}, site '{site}': the output of '{strategy}' has NaN or an infinity; "
            + (inTokens ? "the tokens that came in had some already, so look before this site." : "the tokens that came in had none."))
    {
        Site = site;
        Step = step;
        Strategy = strategy;
        InTokens = inTokens;
    }

    /// <summary>Makes one with a message.</summary>
    /// <param name="message">The message.</param>
    public AttentionNotFiniteException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public AttentionNotFiniteException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes one without a message.</summary>
    public AttentionNotFiniteException()
    {
    }

    /// <summary>The site's name.</summary>
    public string Site { get; } = "";

    /// <summary>Step of the run, from 0.</summary>
    public int Step { get; }

    /// <summary>The strategy's id.</summary>
    public string Strategy { get; } = "";

    /// <summary>Whether the tokens that came in had NaN or an infinity already.</summary>
    public bool InTokens { get; }
}
