using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DiTFastAttn.Cli.Tests.Launcher;

/// <summary>
/// A copy of the launcher's scripts in an empty checkout, with a home of its own, a script in place of <c>dotnet</c> that
/// writes down its calls, and no torch anywhere unless a test makes one.
/// </summary>
public sealed class LauncherSandbox : IDisposable
{
    private const string Dotnet = """
        #!/usr/bin/env bash
        echo "$*" >>"$SANDBOX/calls"
        case $1 in
          --version) if [[ -n ${FAKE_NO_SDK:-} ]]; then exit 155; else echo 10.0.100; fi ;;
          package) if [[ $3 == "${FAKE_FEED_LACKS:-}" ]]; then echo '{ "searchResult": [] }'; else cat "$SANDBOX/feed.json"; fi ;;
          restore) exit "${FAKE_RESTORE:-0}" ;;
          build)
            if [[ -n ${FAKE_BUILD_ERROR:-} ]]; then echo "$FAKE_BUILD_ERROR"; exit 1; fi
            mkdir -p src/Cli/bin/Release/net10.0
            echo "$RANDOM" >src/Cli/bin/Release/net10.0/ditfast.dll ;;
          publish)
            if [[ -n ${FAKE_BUILD_ERROR:-} ]]; then echo "$FAKE_BUILD_ERROR"; exit 1; fi
            while (($#)); do if [[ $1 == -o ]]; then mkdir -p "$2"; echo program >"$2/ditfast"; fi; shift; done ;;
          vstest) source "$SANDBOX/vstest.sh" ;;
          */ditfast.dll) printf '[%s]' "${@:2}"; exit "${FAKE_PROGRAM:-0}" ;;
        esac
        """;

    private readonly string _root = Directory.CreateTempSubdirectory("ditfast-launcher-").FullName;

    public LauncherSandbox()
    {
        var checkout = LauncherReport.FindRoot() ?? throw new InvalidOperationException("the tests run inside the checkout that they test.");
        Directory.CreateDirectory(PathOf("build"));
        foreach (var file in Directory.GetFiles(Path.Combine(checkout, "build")).Select(Path.GetFileName).Prepend("../ditfast"))
        {
            File.Copy(Path.Combine(checkout, "build", file!), PathOf("build", file!));
        }

        foreach (var file in new[] { "Directory.Packages.props", "global.json", "LICENSE" })
        {
            File.Copy(Path.Combine(checkout, file), PathOf(file));
        }

        Write("src/Cli/Program.cs", "// the program");
        Write("src/LibTorch/native/ditfast_torch.cpp", "// the native half");
        Write("src/LibTorch/native/build.sh", "echo compiled >>\"$SANDBOX/calls\"; echo library >\"$1\"");
        WriteProgram("dotnet", Dotnet);
        Write("feed.json", """{ "searchResult": [] }""");
        Directory.CreateDirectory(PathOf("home"));
    }

    /// <summary>The path of a file in the checkout.</summary>
    public string PathOf(params string[] parts) => Path.GetFullPath(Path.Combine([_root, .. parts]));

    /// <summary>How often the stand-in for dotnet (or the compiler's script) was called with a line that begins so.</summary>
    public int Calls(string beginning) =>
        File.Exists(PathOf("calls")) ? File.ReadLines(PathOf("calls")).Count(line => line.StartsWith(beginning, StringComparison.Ordinal)) : 0;

    /// <summary>Writes a file of the checkout.</summary>
    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllText(PathOf(path), text);
    }

    /// <summary>Writes a script that stands in for a program of the machine.</summary>
    public void WriteProgram(string name, string script)
    {
        Write($"bin/{name}", script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(PathOf("bin", name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Makes a folder that looks like a libtorch as far as the launcher looks.</summary>
    /// <returns>Its path.</returns>
    public string MakeLibtorch(string name, Architecture architecture, string version = "2.10.0")
    {
        var header = new byte[20];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(header);
        header[18] = architecture switch
        {
            Architecture.X64 => 62,
            Architecture.Arm64 => 183,
            _ => throw new ArgumentOutOfRangeException(nameof(architecture), architecture, "an ELF machine number is known for X64 and Arm64."),
        };
        Directory.CreateDirectory(PathOf(name, "lib"));
        File.WriteAllBytes(PathOf(name, "lib", "libtorch_cpu.so"), header);
        Write(Path.Combine(name, "include/ATen/core/dispatch/Dispatcher.h"), "");
        var numbers = version.Split('.');
        Write(
            Path.Combine(name, "include/torch/csrc/api/include/torch/version.h"),
            $"#define TORCH_VERSION_MAJOR {numbers[0]}\n#define TORCH_VERSION_MINOR {numbers[1]}\n#define TORCH_VERSION_PATCH {numbers[2]}\n");
        return PathOf(name);
    }

    /// <summary>Runs one of the scripts to its end.</summary>
    /// <param name="command">The script and its arguments.</param>
    /// <param name="variables">NAME=VALUE, beside those that keep the sandbox a sandbox.</param>
    public (int Status, string Output, string Errors) Run(string[] command, params string[] variables)
    {
        var start = new ProcessStartInfo("bash", [PathOf(command[0]), .. command[1..]])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = PathOf("home"),
        };
        var path = start.Environment["PATH"];
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("D", StringComparison.Ordinal)).ToList())
        {
            // DITFAST_* and DOTNET_* of whoever runs the tests.
            start.Environment.Remove(name);
        }

        string[] settings =
        [
            $"SANDBOX={PathOf()}", $"PATH={PathOf("bin")}:{path}", $"HOME={PathOf("home")}", $"XDG_CACHE_HOME={PathOf("cache")}", "CXX=true",
            $"DITFAST_SYSROOT={PathOf("nowhere")}", "DITFAST_PYTHON=false", "DITFAST_INSTALL=0", .. variables,
        ];
        foreach (var setting in settings)
        {
            var (name, value) = (setting[..setting.IndexOf('=', StringComparison.Ordinal)], setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
