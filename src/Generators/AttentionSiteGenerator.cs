using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Pipeline;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators;

/// <summary>
/// Writes the bodies of methods marked <c>[AttentionSite]</c>, and for each class that has some the list of its sites by
/// which a model is attached.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class AttentionSiteGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var finder = new SiteFinder();
#pragma warning disable RS0030 // The finder remembers what it parsed: see docs/design/003-a-cache-behind-the-compilation.md.
        var parsed = context.CompilationProvider
            .SelectMany(finder.Find)
#pragma warning restore RS0030
            .SelectMany(static (part, _) => part)
            .WithTrackingName(TrackingNames.Parse);

        var diagnostics = parsed
            .SelectMany(static (result, _) => result.Diagnostics)
            .WithTrackingName(TrackingNames.Diagnostics);
        context.RegisterSourceOutput(diagnostics, static (output, diagnostic) => output.ReportDiagnostic(diagnostic.ToDiagnostic()));

        var hosts = parsed
            .Select(static (result, _) => result.Host)
            .Where(static host => host is not null)
            .Select(static (host, _) => host!)
            .WithTrackingName(TrackingNames.Hosts);
        var caseTwins = hosts
            .Select(static (host, _) => host.FullName)
            .Collect()
            .Select(static (names, _) => HintNames.CaseTwins(names))
            .WithTrackingName(TrackingNames.CaseTwins);
        var sources = hosts
            .Combine(caseTwins)
            .Select(static (source, _) => (Host: source.Left, HintName: HintNames.Of(source.Left.FullName, source.Right, "AttentionSites")))
            .WithTrackingName(TrackingNames.Sources);
        context.RegisterSourceOutput(sources, static (output, source) => output.AddSource(source.HintName, SiteEmitter.Emit(source.Host)));
    }
}
