namespace DiTFastAttn.Evaluation;

/// <summary>An evaluation cannot be done as it was asked for: a set of pictures, a file of statistics or a folder of results is not what it has to be. The message is one line that names it and says what would be right.</summary>
public sealed class EvaluationException : Exception
{
    /// <summary>Without a message.</summary>
    public EvaluationException()
    {
    }

    /// <summary>With a message of one line.</summary>
    public EvaluationException(string message)
        : base(message)
    {
    }

    /// <summary>With a message of one line and the cause.</summary>
    public EvaluationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
