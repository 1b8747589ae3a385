using System.Globalization;
using System.Text.RegularExpressions;
using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests;

/// <summary>Half-typed source is what a generator sees most: it never throws.</summary>
public sealed partial class RobustnessTests
{
    private static readonly string Source = Sources.Module("""
            private readonly int _heads = 4;

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(_heads))]
            private partial Tensor Attend(Tensor hidden);
        """) + "\n" + Sources.Strategies;

    [Fact]
    public void Source_cut_off_anywhere()
    {
        foreach (var end in Tokens().Matches(Source).Select(match => match.Index))
        {
            Generation.Of(Source[..end]).Result.Exception.ShouldBeNull(Source[..end]);
        }
    }

    [Fact]
    public void Source_without_any_one_word()
    {
        foreach (Match word in Tokens().Matches(Source))
        {
            var without = Source.Remove(word.Index, word.Length);
            Generation.Of(without).Result.Exception.ShouldBeNull(without);
        }
    }

    [Fact]
    public void Words_in_places_where_they_make_no_sense()
    {
        string[] words = ["static", "ref", "file", "record", "interface", "?", "<T>", "()", "\"\\ud800\"", "extern", "async", "\u200d\u0301x", "params"];
        foreach (var place in Tokens().Matches(Source).Select(match => match.Index))
        {
            // A different word at each place covers all of them without a run for every pair.
            var with = Source.Insert(place, string.Create(CultureInfo.InvariantCulture, $" {words[place % words.Length]} "));
            Generation.Of(with).Result.Exception.ShouldBeNull(with);
        }
    }

    [Fact]
    public void Identifiers_that_file_names_cannot_have()
    {
        var generation = Generation.Of(Source.Replace("SelfAttention", "A\u0301ttention\u203fx", StringComparison.Ordinal));

        generation.CompilerComplaints.ShouldBeEmpty();
        generation.Result.GeneratedSources[0].HintName.ShouldBe("Demo.A(0301)ttention(203f)x.AttentionSites.g.cs");
    }

    [Fact]
    public void No_torch_at_all()
    {
        var compilation = Generation.Compile(Source);
        var bare = compilation.WithReferences(compilation.References.Where(r => !r.Display!.Contains("Torch", StringComparison.Ordinal)));

        var generation = Generation.Of(bare);

        generation.Result.Exception.ShouldBeNull();
        generation.Result.Diagnostics.ShouldBeEmpty();
    }

    [GeneratedRegex(@"\w+|[^\w\s]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tokens();
}
