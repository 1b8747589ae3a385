using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Benchmarks.Generator;

/// <summary>The yardstick: the usual way to find attributed methods, without doing anything with them.</summary>
internal sealed class AttributesOnly : IIncrementalGenerator
{
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var found = context.SyntaxProvider.ForAttributeWithMetadataName("DiTFastAttn.AttentionSiteAttribute", static (_, _) => true, static (site, _) => site.TargetSymbol.Name);
        context.RegisterSourceOutput(found.Collect(), static (_, _) => { });
    }
}
