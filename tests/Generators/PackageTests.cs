using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace DiTFastAttn.Generators.Tests;

/// <summary>What a user gets: the generators and their code fixes come with the package of the attributes.</summary>
public sealed class PackageTests : IDisposable
{
    private static readonly string Configuration = typeof(PackageTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("package");

    [Fact]
    public void The_package_of_the_attributes_brings_generators_and_code_fixes()
    {
        var project = Path.Combine(Root(), "src", "Abstractions", "DiTFastAttn.Abstractions.csproj");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            ArgumentList = { "pack", project, "--no-build", "-c", Configuration, "-o", _folder.FullName, "-nologo", "-nodeReuse:false" },
        };
        using var pack = Process.Start(start)!;
        var log = pack.StandardOutput.ReadToEnd();
        pack.WaitForExit();
        pack.ExitCode.ShouldBe(0, log);

        using var package = ZipFile.OpenRead(Directory.GetFiles(_folder.FullName, "*.nupkg").ShouldHaveSingleItem());

        package.Entries.Select(entry => entry.FullName).Where(name => name.EndsWith(".dll", StringComparison.Ordinal)).ShouldBe(
            ["analyzers/dotnet/cs/DiTFastAttn.CodeFixes.dll", "analyzers/dotnet/cs/DiTFastAttn.Generators.dll", "lib/net10.0/DiTFastAttn.Abstractions.dll"],
            ignoreOrder: true);
        package.GetEntry("buildTransitive/DiTFastAttn.Abstractions.targets").ShouldNotBeNull();
    }

    [Fact]
    public void The_generators_assembly_needs_no_workspaces()
        => typeof(AttentionSiteGenerator).Assembly.GetReferencedAssemblies().Select(name => name.Name)
            .ShouldNotContain(name => name!.Contains("Workspaces", StringComparison.Ordinal));

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../.."));
}
