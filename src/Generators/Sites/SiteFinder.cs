using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using DiTFastAttn.Generators.Pipeline;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Sites;

/// <summary>
/// Finds the classes with attention sites and parses them, each file again only where an edit can have changed what it means.
/// </summary>
/// <remarks>
/// <see cref="SyntaxValueProvider.ForAttributeWithMetadataName"/> binds every marked method again at every key stroke, in whatever file that
/// is: 0.1 to 0.2 ms a site before the first line of one's own. Results are remembered by syntax tree, weakly, as plain data.
/// </remarks>
internal sealed class SiteFinder
{
    /// <summary>Results go through the pipeline in so many parts: one class more moves only the few that share its part.</summary>
    private const int Parts = 256;

    private static readonly string[] AttributeNames = ["AttentionSite", "SubLayerSite"];

    private static readonly ImmutableArray<EquatableArray<ParseResult>> Nothing = Enumerable.Repeat(default(EquatableArray<ParseResult>), Parts).ToImmutableArray();

    private readonly ConditionalWeakTable<SyntaxTree, RememberedFile> _files = new();
    private readonly ConditionalWeakTable<MetadataReference, object> _references = new();
    private long _referencesSeen;

    /// <summary>What the parser found out about every class with sites.</summary>
    /// <returns>Always as many parts, by the class's name.</returns>
    public ImmutableArray<EquatableArray<ParseResult>> Find(Compilation compilation, CancellationToken cancellation)
    {
        var trees = compilation.SyntaxTrees.ToList();
        var files = trees.ConvertAll(tree => _files.GetValue(tree, t => new RememberedFile(AttributeNames.Any(name => MarkedAttributes.MayHave(t, name, cancellation)))));
        if (!files.Exists(file => file.MayHaveSites))
        {
            return Nothing;
        }

        for (var i = 0; i < trees.Count; i++)
        {
            files[i].Declarations ??= FileDeclarations.Of(trees[i], cancellation);
        }

        var aliases = files.SelectMany(file => file.Declarations!.GlobalUsings.Aliases).ToList();
        var index = new DeclarationIndex(compilation, files.ConvertAll(file => file.Declarations!), NumberOf(compilation.References));
        var concerned = new Dictionary<DeclarationIndex, HashSet<FileDeclarations>?>();
        var parts = new List<ParseResult>[Parts];
        for (var i = 0; i < trees.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var result in ResultsOf(trees[i], files[i]))
            {
                (parts[PartOf(result.ClassName)] ??= []).Add(result);
            }
        }

        return parts.Select(part => new EquatableArray<ParseResult>(part is null ? [] : [.. part])).ToImmutableArray();

        EquatableArray<ParseResult> ResultsOf(SyntaxTree tree, RememberedFile file)
        {
            if (file.Parsed is { } parsed)
            {
                if (!concerned.TryGetValue(parsed.Index, out var others))
                {
                    concerned.Add(parsed.Index, others = index.FilesConcernedSince(parsed.Index));
                }

                if (others?.Contains(file.Declarations!) == false)
                {
                    file.Parsed = parsed with { Index = index };
                    return parsed.Results;
                }
            }

            var results = SiteParser.Parse(tree, MarkedIn(tree), compilation, cancellation).ToEquatableArray();
            // A place in another file moves with every edit of that file, also where its declarations stay the same.
            var isLocal = results.All(result => result.Diagnostics.All(d => d.Location is null || d.Location.Path == tree.FilePath));
            file.Parsed = isLocal ? new ParsedFile(index, results) : null;
            return results;
        }

        IEnumerable<AttributeSyntax> MarkedIn(SyntaxTree tree)
            => AttributeNames.SelectMany(name => MarkedAttributes.In(tree, name, aliases, cancellation)).OrderBy(attribute => attribute.SpanStart);
    }

    /// <summary>The part in which a class goes through the pipeline.</summary>
    /// <param name="className">Its name in metadata.</param>
    public static int PartOf(string className) => (int)(Hashes.OfName(className) % Parts);

    private ulong NumberOf(IEnumerable<MetadataReference> references)
        => references.Aggregate(
            Hashes.Start, (hash, reference) => Hashes.Add(hash, (ulong)(long)_references.GetValue(reference, _ => Interlocked.Increment(ref _referencesSeen))));

    /// <summary>What is known of a file as long as the compiler keeps its tree.</summary>
    private sealed class RememberedFile
    {
        public RememberedFile(bool mayHaveSites) => MayHaveSites = mayHaveSites;

        public bool MayHaveSites { get; }

        /// <summary>Not known before some file of the compilation has sites.</summary>
        public FileDeclarations? Declarations { get; set; }

        public ParsedFile? Parsed { get; set; }
    }

    /// <param name="Index">The compilation for which the results hold.</param>
    /// <param name="Results">What was parsed.</param>
    private sealed record ParsedFile(DeclarationIndex Index, EquatableArray<ParseResult> Results);
}
