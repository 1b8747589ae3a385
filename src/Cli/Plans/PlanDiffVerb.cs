using System.CommandLine;
using System.Globalization;
using DiTFastAttn.Cli.Drawing;
using Spectre.Console;

namespace DiTFastAttn.Cli.Plans;

/// <summary><c>plan diff</c>: what two plans differ in, as a table and as a picture in letters.</summary>
internal sealed class PlanDiffVerb : Verb
{
    private readonly Argument<string> _first = new("A") { Description = "A plan." };
    private readonly Argument<string> _second = new("B") { Description = "Another plan." };

    public PlanDiffVerb()
        : base("diff", "Compare two plans: their fields, their strategies, and the cells that differ.")
    {
        Add(_first);
        Add(_second);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var (a, b) = (PlanInput.Load(call.Get(_first)!), PlanInput.Load(call.Get(_second)!));
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "A", "B", "");
        var fields = Fields(a).Zip(Fields(b), (x, y) => new Field(x.Name, x.Value, y.Value)).Concat(Shares(a, b)).ToList();
        foreach (var field in fields)
        {
            table.AddRow(field.Name, Markup.Escape(field.A), Markup.Escape(field.B), field.A == field.B ? "" : "differs");
        }

        call.Terminal.Write(table);
        var comparable = a.Steps == b.Steps && a.Model.Sites.Count == b.Model.Sites.Count;
        var cells = comparable ? Cells(a, b) : null;
        if (cells is null)
        {
            call.Terminal.Line("The plans differ in steps or sites: no cell of one has its place in the other. 'plan retarget' maps a plan to other steps.");
        }
        else
        {
            Draw(call.Terminal, a, b);
            call.Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{cells.Count} of {a.Steps * a.Model.Sites.Count} cells differ."));
        }

        call.WriteJson(new Result(fields, cells));
        return ExitStatus.Done;
    }

    private static IEnumerable<(string Name, string Value)> Fields(AttentionPlan plan) =>
    [
        ("model", plan.Model.Name),
        ("sites", Text(plan.Model.Sites.Count)),
        ("steps", Text(plan.Steps)),
        ("guidance", plan.Guidance.ToString()),
        ("guidance scale", Text(plan.GuidanceScale)),
        ("window", plan.Window?.ToString() ?? "-"),
        ("scheduler", plan.Scheduler ?? "-"),
        ("tokens", Text(plan.Tokens)),
        ("dtype", plan.Dtype ?? "-"),
        ("made by", plan.Origin.Method),
        ("loss", plan.Origin.Loss ?? "-"),
        ("threshold", Text(plan.Origin.Threshold)),
    ];

    private static IEnumerable<Field> Shares(AttentionPlan a, AttentionPlan b)
    {
        var (ofA, ofB) = (StrategyPalette.Of(a), StrategyPalette.Of(b));
        return ofA.Concat(ofB).Select(s => s.Id).Distinct().Select(id => new Field(
            "cells " + id, Share(ofA, id), Share(ofB, id)));

        static string Share(IReadOnlyList<PlannedStrategy> strategies, string id)
            => string.Create(CultureInfo.InvariantCulture, $"{100 * (strategies.FirstOrDefault(s => s.Id == id)?.Share ?? 0):0.0} %");
    }

    private static List<Cell> Cells(AttentionPlan a, AttentionPlan b)
        => [.. from step in Enumerable.Range(0, a.Steps)
               from site in Enumerable.Range(0, a.Model.Sites.Count)
               where a.Rows[step][site] != b.Rows[step][site]
               select new Cell(step, site, a.Rows[step][site], b.Rows[step][site])];

    /// <summary>A line of A and a line of B for every site in which they differ, with a dot where the cells are equal.</summary>
    private static void Draw(Terminal terminal, AttentionPlan a, AttentionPlan b)
    {
        var letters = StrategyPalette.Of(a).Concat(StrategyPalette.Of(b)).DistinctBy(s => s.Id).ToDictionary(s => s.Id, s => s.Letter, StringComparer.Ordinal);
        var left = a.Model.Sites.Max(site => site.Name.Length);
        for (var i = 0; i < a.Model.Sites.Count; i++)
        {
            var site = i;
            var differ = Enumerable.Range(0, a.Steps).Where(step => a.Rows[step][site] != b.Rows[step][site]).ToHashSet();
            if (differ.Count == 0)
            {
                continue;
            }

            terminal.Line($"{a.Model.Sites[site].Name.PadLeft(left)}  A {Letters(a)}");
            terminal.Line($"{new string(' ', left)}  B {Letters(b)}");

            string Letters(AttentionPlan plan)
                => string.Concat(plan.Rows.Select((row, step) => differ.Contains(step) ? letters[row[site]] : '.'));
        }

        terminal.Line(string.Join("  ", letters.Select(entry => $"{entry.Value} {entry.Key}")));
    }

    private static string Text<T>(T? value) => value is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{value}");

    private sealed record Field(string Name, string A, string B);

    private sealed record Cell(int Step, int Site, string A, string B);

    private sealed record Result(IReadOnlyList<Field> Fields, IReadOnlyList<Cell>? Cells);
}
