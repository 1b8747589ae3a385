using System.CommandLine;
using System.CommandLine.Invocation;

namespace DiTFastAttn.Cli;

/// <summary>The program <c>ditfast</c>.</summary>
internal static class Program
{
    /// <summary>Runs a command line as if typed.</summary>
    /// <param name="arguments">The words after the program's name.</param>
    /// <param name="terminal">Where to write.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    /// <param name="root">The verbs.</param>
    /// <returns>The exit status.</returns>
    public static int Run(string[] arguments, Terminal terminal, CancellationToken cancellation, RootCommand root)
    {
        var parsed = root.Parse(arguments, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        try
        {
            if (parsed.Action is { ClearsParseErrors: true } or { Terminating: true } && parsed.Action is not ParseErrorAction)
            {
                // Help and version.
                return parsed.Invoke(
                    new InvocationConfiguration { Output = terminal.Out.Profile.Out.Writer, Error = terminal.Log, EnableDefaultExceptionHandler = false });
            }

            if (ParseErrors.Describe(parsed) is { } line)
            {
                throw new UserErrorException(line);
            }

            var call = new VerbCall(parsed, terminal, cancellation);
            if (call.Get(CommonOptions.Json) is { } json)
            {
                OutputPath.CheckFile("--json", json);
            }

            return ((Verb)parsed.CommandResult.Command).Run(call);
        }
        catch (Exception error) when (Failure.Of(error) is var failure)
        {
            terminal.Log.WriteLine("ditfast: " + failure.Text);
            return failure.Status;
        }
    }

    private static int Main(string[] arguments)
    {
        NativeHeap.KeepFreedMemory();
        StandardOutputs.LeaveOutClosed();
        using var interrupt = new Interrupt();
        return Run(arguments, Terminal.OfProcess(), interrupt.Token, Verbs.MakeRoot());
    }
}
