using System.CommandLine;
using System.Diagnostics;

namespace DiTFastAttn.Cli.Tests.Testing;

/// <summary>The program, in this process or in one of its own.</summary>
internal static class Ditfast
{
    /// <summary>The checkout that is tested.</summary>
    public static string Root { get; } = LauncherReport.FindRoot() ?? throw new InvalidOperationException("the tests run inside the checkout that they test.");

    private static string Host => Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";

    private static string Assembly => Path.Combine(AppContext.BaseDirectory, "ditfast.dll");

    /// <summary>A folder of recorded cases.</summary>
    public static string Fixtures(string area) => Path.Combine(Root, "tests", "Fixtures", area);

    /// <summary>Runs a command line in this process.</summary>
    public static Result Run(params string[] arguments) => Run(Verbs.MakeRoot(), arguments);

    /// <summary>Runs a command line with other verbs in this process.</summary>
    public static Result Run(RootCommand root, string[] arguments, CancellationToken cancellation = default)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var log = new StringWriter { NewLine = "\n" };
        var status = Program.Run(arguments, Terminal.Of(output, log), cancellation, root);
        return new Result(status, output.ToString(), log.ToString());
    }

    /// <summary>Starts the program in a process of its own, both outputs redirected.</summary>
    public static Process Start(params string[] arguments) => StartProcess([Host, Assembly, .. arguments]);

    /// <summary>Starts the program in a process of its own, with variables in its environment.</summary>
    public static Process Start(IReadOnlyDictionary<string, string> environment, params string[] arguments) => StartProcess([Host, Assembly, .. arguments], environment);

    /// <summary>Starts the program in a process of its own, with redirections of the shell.</summary>
    /// <param name="redirections">For example <c>2&gt;&amp;-</c>.</param>
    /// <param name="arguments">The command line.</param>
    public static Process StartWith(string redirections, params string[] arguments)
        => StartProcess(["bash", "-c", $"exec \"$0\" \"$@\" {redirections}", Host, Assembly, .. arguments]);

    private static Process StartProcess(string[] command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>What a run left.</summary>
    internal sealed record Result(int Status, string Output, string Log);
}
