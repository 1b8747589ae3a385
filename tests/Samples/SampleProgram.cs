using System.Diagnostics;

namespace DiTFastAttn.Samples.Tests;

/// <summary>A sample as a reader runs it.</summary>
internal static class SampleProgram
{
    /// <summary>Starts a program beside the tests.</summary>
    /// <param name="program">Its file.</param>
    /// <param name="arguments">Its command line.</param>
    public static Process Start(string program, params string[] arguments)
    {
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        return Process.Start(new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, program), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1" },
        })!;
    }

    /// <summary>Runs a program beside the tests to its end.</summary>
    /// <param name="program">Its file.</param>
    public static async Task<(int Status, string Output, string Errors)> Run(string program)
    {
        using var process = Start(program);
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output.ReplaceLineEndings("\n"), await errors);
    }
}
