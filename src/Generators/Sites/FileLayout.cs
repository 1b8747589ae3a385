using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using DiTFastAttn.Generators.Pipeline;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Sites;

/// <summary>Which generated file each class is in: one of its own, unless there are very many.</summary>
/// <param name="CaseTwins">Classes whose names differ only in letter case.</param>
/// <param name="Together">Whether the classes of a part share a file.</param>
internal sealed record FileLayout(EquatableArray<string> CaseTwins, bool Together)
{
    /// <summary>
    /// With every edit the compiler compares the name of each generated file with those of all others: nothing at a thousand, a fifth of a second at
    /// ten thousand.
    /// </summary>
    private const int MostFiles = 1000;

    private const string Subject = "AttentionSites";

    /// <summary>The layout for the classes of all parts, by their names in metadata.</summary>
    public static FileLayout Of(ImmutableArray<EquatableArray<string>> parts)
    {
        var names = parts.SelectMany(part => part).ToImmutableArray();
        var together = names.Length > MostFiles;
        return new FileLayout(together ? default : HintNames.CaseTwins(names), together);
    }

    /// <summary>Writes the classes of a part.</summary>
    public void Write(SourceProductionContext output, EquatableArray<HostModel> hosts)
    {
        if (Together)
        {
            var part = SiteFinder.PartOf(hosts[0].FullName).ToString("000", CultureInfo.InvariantCulture);
            output.AddSource($"{Subject}.{part}.g.cs", SiteEmitter.Emit(hosts));
            return;
        }

        foreach (var host in hosts)
        {
            output.AddSource(HintNames.Of(host.FullName, CaseTwins, Subject), SiteEmitter.Emit(host));
        }
    }
}
