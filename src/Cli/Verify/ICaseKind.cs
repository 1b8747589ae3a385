namespace DiTFastAttn.Cli.Verify;

/// <summary>Computes the cases of one kind with the product's own code. Registered in <see cref="CaseKinds"/>.</summary>
internal interface ICaseKind
{
    /// <summary>The kind's name as cases say it, for example <c>dit.forward</c>.</summary>
    string Name { get; }

    /// <summary>Computes a case. What it leaves out of the answer fails; what it throws fails with the message.</summary>
    /// <param name="file">The case.</param>
    /// <param name="answer">Receives the results.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    /// <exception cref="UnsupportedCaseException">The case asks for something of its kind that this build does not have.</exception>
    void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation);
}
