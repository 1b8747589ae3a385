using System.Globalization;
using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Tests;

/// <summary>A file for each class, unless there are so many that the compiler would compare their names all day.</summary>
public sealed class FileLayoutTests
{
    [Fact]
    public void Very_many_classes_share_files_and_compile()
    {
        string[] files = [Classes(0, 1000), "public sealed class Last;"];
        var few = Generation.Of(Generation.Compile(files));
        few.Result.GeneratedSources.Length.ShouldBe(1000);

        var many = Generation.Of(Generation.Compile([.. files, Classes(1000, 1), Classes(1001, 1).Replace("namespace Demo;", "", StringComparison.Ordinal)]));

        many.Result.GeneratedSources.Length.ShouldBeInRange(200, 256);
        many.CompilerComplaints.ShouldBeEmpty();
        many.Result.GeneratedSources.Sum(source => source.SourceText.ToString().Split("partial class ").Length - 1).ShouldBe(1002);
    }

    [Fact]
    public void An_edit_writes_one_of_the_shared_files_again()
    {
        var reasons = IncrementalTests.Reasons([Classes(0, 1001), Classes(1001, 1)], 1, "\"attn\"", "\"self\"");

        reasons[IncrementalTests.Output].Count(IncrementalTests.IsRerun).ShouldBe(1);
        reasons["Sites.Hosts"].Count(IncrementalTests.IsRerun).ShouldBe(1);
        reasons["Sites.Layout"].ShouldAllBe(reason => !IncrementalTests.IsRerun(reason));
    }

    private static string Classes(int first, int count)
        => "namespace Demo;\n" + string.Concat(Enumerable.Range(first, count).Select(i => string.Create(CultureInfo.InvariantCulture, $$"""

            public sealed partial class A{{i}}() : Module<Tensor, Tensor>("A")
            {
                [AttentionSite("attn", Project = nameof(P), Output = nameof(O))]
                public override partial Tensor forward(Tensor input);

                private AttentionInput P(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());
                private Tensor O(Tensor attended) => attended.alias();
            }

            """)));
}
