using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Plans.Reading;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Plans;

/// <summary>Checks a plan that can be read against the strategies and models of a project.</summary>
/// <param name="plan">The plan.</param>
/// <param name="strategies">The strategies it can name.</param>
/// <param name="report">Told what is wrong: the diagnostic, the place and the words.</param>
internal sealed class PlanCheck(PlanText plan, KnownStrategies strategies, Action<DiagnosticDescriptor, JsonNode, string> report)
{
    private const int MostListed = 8;
    private const string Cross = "CrossAttention";

    /// <summary>Checks ids, and that no step needs what is not there.</summary>
    /// <param name="kinds">The kinds of the plan's sites, where they are known.</param>
    public void CheckRows(IReadOnlyList<string?> kinds)
    {
        var ambiguous = new HashSet<string>(StringComparer.Ordinal);
        var found = new Dictionary<string, StrategyTraits?>(StringComparer.Ordinal);
        for (var site = 0; site < plan.Sites.Count; site++)
        {
            var name = plan.Sites[site].Name.Text;
            StrategyTraits?[] column = [.. plan.Rows.Select((row, step) => Find(row[site], step, name))];
            if (plan.Rows[0][site] is { Text: not "full" } first)
            {
                report(PlanDiagnostics.CannotRun, first, PlanMessages.DoesNotStartFull(name, first.Text));
            }

            CheckNeeds(site, name, column, kinds[site]);
            CheckReads(site, name, column);
        }

        StrategyTraits? Find(JsonNode id, int step, string site)
        {
            // What is wrong is said once for each id: a plan names the same few at thousands of places.
            if (found.TryGetValue(id.Text, out var traits))
            {
                return traits;
            }

            if (!strategies.TryFind(id.Text, out traits))
            {
                report(PlanDiagnostics.UnknownStrategy, id, PlanMessages.UnknownStrategy(step, site, id.Text, strategies.Ids));
            }

            foreach (var part in id.Text.Split('+').Where(part => strategies.Claimants(part).Count > 1).Where(ambiguous.Add))
            {
                report(
                    PlanDiagnostics.AmbiguousStrategy,
                    id,
                    $"rows: step {step} of site '{site}' names the strategy '{part}', which is {string.Join(" and ", strategies.Claimants(part))}: only one of them can be registered.");
            }

            found.Add(id.Text, traits);
            return traits;
        }
    }

    /// <summary>Checks the sites' names and returns their kinds, where they are known.</summary>
    /// <param name="models">The sites of each class that the plan can be for; nothing is checked where there is none.</param>
    public IReadOnlyList<string?> CheckSites(IReadOnlyList<IReadOnlyList<SitePattern>> models)
    {
        CheckTwice();
        var faults = models.Select(model => FaultsOf(model).ToList()).OrderBy(found => found.Count).FirstOrDefault();
        foreach (var (at, message) in faults ?? [])
        {
            report(PlanDiagnostics.WrongSite, at, message);
        }

        return [.. plan.Sites.Select(site => models.Count == 1 ? KindOf(site.Name.Text, models[0]) : null)];
    }

    private static string? KindOf(string site, IReadOnlyList<SitePattern> model)
        => model.Where(pattern => pattern.Matches(site, out _)).ToList() is { Count: 1 } found && !found[0].IsOpen ? found[0].Kind : null;

    private void CheckTwice()
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < plan.Sites.Count; i++)
        {
            var name = plan.Sites[i].Name;
            if (first.TryGetValue(name.Text, out var before))
            {
                report(PlanDiagnostics.WrongSite, name, $"model.sites[{i}].name: '{name.Text}' is the name of model.sites[{before}] too: site names have to be unique.");
            }
            else
            {
                first.Add(name.Text, i);
            }
        }
    }

    private IEnumerable<(JsonNode At, string Message)> FaultsOf(IReadOnlyList<SitePattern> model)
    {
        var names = new HashSet<string>(plan.Sites.Select(site => site.Name.Text), StringComparer.Ordinal);
        var paths = string.Join(", ", model.Where(site => !site.IsOpen).Select(site => site.Path).Take(MostListed)) + (model.Count > MostListed ? ", …" : "");
        for (var i = 0; i < plan.Sites.Count; i++)
        {
            var name = plan.Sites[i].Name;
            if (!model.Any(site => site.Matches(name.Text, out _)))
            {
                yield return (name, PlanMessages.OtherSite(i, name.Text, plan.Model.Text, paths.Length == 0 ? "no sites" : paths));
            }
        }

        foreach (var site in model.Where(site => site.IsRequired && site.Lists <= 1))
        {
            foreach (var missing in ExpectedAt(site).Where(expected => !names.Contains(expected)))
            {
                yield return (plan.SiteList, $"model.sites: the plan lacks '{missing}', which the model '{plan.Model.Text}' has.");
            }
        }

        foreach (var site in model.Where(site => site.Lists == 1 && !site.IsOpen))
        {
            var before = -1;
            for (var i = 0; i < plan.Sites.Count; i++)
            {
                var name = plan.Sites[i].Name;
                if (site.Matches(name.Text, out var indices))
                {
                    if (indices[0] < before)
                    {
                        yield return (name, PlanMessages.OtherSite(i, name.Text, plan.Model.Text, $"it before '{site.At(before)}'"));
                    }

                    before = Math.Max(before, indices[0]);
                }
            }
        }
    }

    /// <summary>A required site's names: how long the list is shows in the plan only.</summary>
    private IEnumerable<string> ExpectedAt(SitePattern site)
    {
        if (site.ListPath is not { } list)
        {
            return [site.Path];
        }

        var start = list.Length == 0 ? "" : list + ".";
        var last = plan.Sites.Select(planned => planned.Name.Text)
            .Where(name => name.StartsWith(start, StringComparison.Ordinal))
            .Select(name => SitePattern.IndexIn(name.Substring(start.Length).Split('.')[0]) ?? -1)
            .Where(index => index < plan.Sites.Count) // an index beyond them is a slip, and not a million sites that are missing
            .DefaultIfEmpty(-1)
            .Max();
        return Enumerable.Range(0, last + 1).Select(site.At);
    }

    private void CheckNeeds(int site, string name, StrategyTraits?[] column, string? kind)
    {
        for (var step = 0; step < column.Length; step++)
        {
            var id = plan.Rows[step][site];
            if (column[step] is { NeedsGuidance: true } && plan.Guidance.Text == PlanReader.NoGuidance)
            {
                report(PlanDiagnostics.CannotRun, id, PlanMessages.NeedsGuidance(step, name, id.Text));
            }

            if (column[step] is { RequiresWindow: true } && plan.Window is null)
            {
                report(PlanDiagnostics.CannotRun, id, PlanMessages.NeedsWindow(step, name, id.Text));
            }

            if (column[step] is { RequiresWindow: true } && kind is (Cross or SitePattern.SubLayer))
            {
                report(PlanDiagnostics.CannotRun, id, kind == Cross
                    ? PlanMessages.NoWindowOfCrossAttention(step, name, id.Text)
                    : PlanMessages.NoAttentionOfSubLayer(step, name, id.Text));
            }
        }
    }

    private void CheckReads(int site, string name, StrategyTraits?[] column)
    {
        // What a strategy of the user's own writes shows at run time.
        var written = StrategyTraits.State.None;
        for (var step = 0; step < column.Length && column[step] is { } traits; step++)
        {
            var missing = traits.Reads & ~written;
            var id = plan.Rows[step][site];
            if (missing != StrategyTraits.State.None)
            {
                // At step 0 it is said already that it is not 'full'.
                if (step > 0)
                {
                    report(PlanDiagnostics.CannotRun, id, PlanMessages.ReadsWhatNothingWrote(step, name, id.Text, missing.ToString()));
                }

                return;
            }

            written |= traits.Writes;
        }
    }
}
