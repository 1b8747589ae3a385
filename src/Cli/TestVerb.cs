using System.CommandLine;

namespace DiTFastAttn.Cli;

/// <summary><c>test</c>: the launcher's verb, which builds first. Here for the help, and for whoever starts the program itself.</summary>
internal sealed class TestVerb : Verb
{
    public TestVerb()
        : base("test", "Build everything and run all tests, or those whose full name contains FILTER.")
    {
        Add(new Argument<string?>("FILTER") { Description = "A part of a test's full name.", Arity = ArgumentArity.ZeroOrOne });
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
        => throw new UserErrorException("test: the tests are built and run by the launcher; use './ditfast test' in a checkout.");
}
