namespace DiTFastAttn;

/// <summary>A plan does not fit the model, the run or the registered strategies. The message names the field and both values.</summary>
public sealed class PlanMismatchException : Exception
{
    /// <summary>Makes one with a message.</summary>
    /// <param name="message">One line: field, the plan's value, the other value.</param>
    public PlanMismatchException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with a message and a cause.</summary>
    /// <param name="message">One line: field, the plan's value, the other value.</param>
    /// <param name="innerException">The cause.</param>
    public PlanMismatchException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes one without a message.</summary>
    public PlanMismatchException()
    {
    }
}
