using System.CommandLine;

namespace DiTFastAttn.Cli;

/// <summary>A verb of the launcher, which builds something. Here for the help, and for whoever starts the program itself.</summary>
internal sealed class LauncherVerb : Verb
{
    /// <summary>A verb of the launcher.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">For the help.</param>
    /// <param name="argument">Its only argument.</param>
    public LauncherVerb(string name, string description, Argument argument)
        : base(name, description) => Add(argument);

    /// <inheritdoc/>
    public override int Run(VerbCall call) => throw new UserErrorException($"{Name}: this is done by the launcher; use './ditfast {Name}' in a checkout.");
}
