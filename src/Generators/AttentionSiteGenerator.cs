using System;
using System.Linq;
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
            .Where(static part => part.Count > 0)
            .WithTrackingName(TrackingNames.Parse);

        var diagnostics = parsed
            .SelectMany(static (part, _) => part.SelectMany(result => result.Diagnostics))
            .WithTrackingName(TrackingNames.Diagnostics);
        context.RegisterSourceOutput(diagnostics, static (output, diagnostic) => output.ReportDiagnostic(diagnostic.ToDiagnostic()));

        var hosts = parsed
            .Select(static (part, _) => part
                .Select(result => result.Host).OfType<HostModel>()
                .OrderBy(host => host.FullName, StringComparer.Ordinal).ToEquatableArray())
            .Where(static part => part.Count > 0)
            .WithTrackingName(TrackingNames.Hosts);
        var layout = hosts
            .Select(static (part, _) => part.Select(host => host.FullName).ToEquatableArray())
            .Collect()
            .Select(static (names, _) => FileLayout.Of(names))
            .WithTrackingName(TrackingNames.Layout);
        var sources = hosts
            .Combine(layout)
            .WithTrackingName(TrackingNames.Sources);
        context.RegisterSourceOutput(sources, static (output, source) => source.Right.Write(output, source.Left));
    }
}
