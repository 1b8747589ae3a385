using System.Diagnostics;

namespace DiTFastAttn.Samples.Tests;

/// <summary>A sample as a reader runs it.</summary>
internal static class SampleProgram
{
    /// <summary>Runs a program beside the tests to its end.</summary>
    /// <param name="program">Its file.</param>
    public static async Task<(int Status, string Output, string Errors)> Run(string program)
    {
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        using var process = Process.Start(new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, program)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1" },
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output.ReplaceLineEndings("\n"), await errors);
    }
}
