using System.Collections.Immutable;
using DiTFastAttn.Generators.Pipeline;
using DiTFastAttn.Generators.Sites;
using DiTFastAttn.Generators.Wrapping;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators;

/// <summary>Writes the other half of each class that an <c>[assembly: WrapAttention]</c> names as adapter.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class WrapAttentionGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var named = context.SyntaxProvider
            .ForAttributeWithMetadataName(KnownTypes.WrapAttribute, static (_, _) => true, AdapterParser.ParseFile)
            .SelectMany(static (results, _) => results);
        var unnamed = context.SyntaxProvider
            .ForAttributeWithMetadataName(KnownTypes.MemberAttribute, static (_, _) => true, AdapterParser.ParseMember)
            .Where(static result => result is not null)
            .Select(static (result, _) => result!);
        var parsed = named.Collect()
            .Combine(unnamed.Collect())
            .SelectMany(static (both, _) => both.Left.AddRange(both.Right))
            .WithTrackingName(TrackingNames.ParseAdapters);

        var diagnostics = parsed
            .SelectMany(static (result, _) => result.Diagnostics)
            .WithTrackingName(TrackingNames.AdapterDiagnostics);
        context.RegisterSourceOutput(diagnostics, static (output, diagnostic) => output.ReportDiagnostic(diagnostic.ToDiagnostic()));

        var adapters = parsed
            .Select(static (result, _) => result.Adapter)
            .Where(static adapter => adapter is not null)
            .Select(static (adapter, _) => adapter!)
            .WithTrackingName(TrackingNames.Adapters);
        var caseTwins = adapters
            .Select(static (adapter, _) => adapter.FullName)
            .Collect()
            .Select(static (names, _) => HintNames.CaseTwins(names))
            .WithTrackingName(TrackingNames.AdapterCaseTwins);
        var sources = adapters
            .Combine(caseTwins)
            .Select(static (source, _) => (Adapter: source.Left, HintName: HintNames.Of(source.Left.FullName, source.Right, "WrapAttention")))
            .WithTrackingName(TrackingNames.AdapterSources);
        context.RegisterSourceOutput(sources, static (output, source) => output.AddSource(source.HintName, AdapterEmitter.Emit(source.Adapter)));
    }
}
