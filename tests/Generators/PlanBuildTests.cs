using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests;

/// <summary>A project with plans, built as a user builds it: the package's <c>.targets</c> hand them to the compiler, whose errors name file, line and column.</summary>
[Trait("Category", "Slow")]
public sealed class PlanBuildTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plans");

    [Fact]
    public void The_compiler_says_what_is_wrong_with_the_plans_of_a_project()
    {
        Write("Demo.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <RunAnalyzersDuringBuild>true</RunAnalyzersDuringBuild>
              </PropertyGroup>
              <ItemGroup>
                <Reference Include="{typeof(AttentionSite).Assembly.Location}" />
                <Reference Include="{typeof(TorchSharp.torch).Assembly.Location}" />
                <Analyzer Include="{typeof(PlanAnalyzer).Assembly.Location}" />
              </ItemGroup>
              <Import Project="{Path.Combine(Root(), "src/Abstractions/buildTransitive/DiTFastAttn.Abstractions.targets")}" />
            </Project>
            """);
        Write("Model.cs", """
            using DiTFastAttn;
            using TorchSharp;
            using static TorchSharp.torch;
            using static TorchSharp.torch.nn;

            """ + PlanSources.Model);
        Write("good.plan.json", PlanSources.Plan.Replace("mine", "asc", StringComparison.Ordinal));
        Write("plans/empty.plan.json", "");
        Write("plans/deep.plan.json", new string('[', 100_000));
        Write("plans/sites.plan.json", PlanSources.Plan.Replace("mine", "asc", StringComparison.Ordinal).Replace("blocks.1.attn", "blocks.1.atn", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(_folder.FullName, "plans/latin1.plan.json"), PlanSources.Plan.Replace("hand", "größer", StringComparison.Ordinal), Encoding.Latin1);
        File.WriteAllText(Path.Combine(_folder.FullName, "plans/huge.plan.json"), new string(' ', 50_000_000));
        Write("obj/left.plan.json", "{");

        var log = Build();

        Said(log, "good.plan.json").ShouldBeEmpty(log);
        Said(log, "left.plan.json").ShouldBeEmpty(log);
        Said(log, "empty.plan.json").ShouldBe(["plans/empty.plan.json(1,1): error DFA0081: plan 'empty.plan.json': not JSON (the text is empty)."], log);
        Said(log, "deep.plan.json").ShouldBe(["plans/deep.plan.json(1,65): error DFA0082: plan 'deep.plan.json': not JSON (line 1, column 65: more than 64 objects and lists in one another)."], log);
        Said(log, "latin1.plan.json").ShouldBe(["plans/latin1.plan.json(12,28): error DFA0081: plan 'latin1.plan.json': the file is not UTF-8, or lost characters when it was saved."], log);
        Said(log, "huge.plan.json").ShouldBe(["plans/huge.plan.json(1,1): error DFA0081: plan 'huge.plan.json': the file is larger than 8 MiB, which no plan is."], log);
        Said(log, "sites.plan.json").ShouldContain(
            "plans/sites.plan.json(6,15): error DFA0087: plan 'sites.plan.json': model.sites[1].name: the plan has 'blocks.1.atn', the model 'DiT' has blocks.*.attn, last.attn.", log);
        log.ShouldNotContain("AD0001");
        log.ShouldNotContain("CS8785");
        log.ShouldNotContain("error CS");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string[] Said(string log, string file)
        => [.. log.Split('\n').Where(line => line.Contains(file + "(", StringComparison.Ordinal))
            .Select(line => line.Trim()[..line.Trim().LastIndexOf(" [", StringComparison.Ordinal)].Replace(_folder.FullName + Path.DirectorySeparatorChar, "", StringComparison.Ordinal))
            .Select(line => line[..line.LastIndexOf(" (docs/", StringComparison.Ordinal)])
            .Distinct()
            .OrderBy(line => line, StringComparer.Ordinal)];

    private string Build()
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            WorkingDirectory = _folder.FullName,
            ArgumentList = { "build", "-nologo", "-v", "quiet", "-nodeReuse:false", "-p:UseSharedCompilation=false" },
        };
        using var build = Process.Start(start)!;
        var log = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        build.ExitCode.ShouldBe(1, log);
        return log;
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../.."));
}
