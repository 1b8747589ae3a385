using System.CommandLine;

namespace DiTFastAttn.Cli;

/// <summary>One verb of the program: its arguments and options, added in the constructor, and what it does.</summary>
internal abstract class Verb : Command
{
    protected Verb(string name, string description)
        : base(name, description)
    {
    }

    /// <summary>Does the verb's work.</summary>
    /// <param name="call">The parsed command line, the terminal and the cancellation.</param>
    /// <returns><see cref="ExitStatus.Done"/> or <see cref="ExitStatus.CheckFailed"/>; everything else is an exception.</returns>
    public abstract int Run(VerbCall call);
}
