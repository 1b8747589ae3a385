using System;
using DiTFastAttn.Plans.Reading;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Diagnostics;

/// <summary>What can be wrong with a plan that is part of a project. Each has a page in <c>docs/diagnostics</c>.</summary>
internal static class PlanDiagnostics
{
    public static readonly DiagnosticDescriptor Unreadable = Describe("DFA0081", "A plan is a text of a plan's size");

    public static readonly DiagnosticDescriptor NotJson = Describe("DFA0082", "A plan is JSON");

    public static readonly DiagnosticDescriptor OtherFormat = Describe("DFA0083", "A plan has a format that is known");

    public static readonly DiagnosticDescriptor WrongField = Describe("DFA0084", "A plan has the fields of its format");

    public static readonly DiagnosticDescriptor Disagreement = Describe("DFA0085", "A plan has a row for each step and a strategy for each site");

    public static readonly DiagnosticDescriptor UnknownModel = Describe("DFA0086", "The model of a plan is declared", DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor WrongSite = Describe("DFA0087", "The sites of a plan are those of its model");

    public static readonly DiagnosticDescriptor UnknownStrategy = Describe("DFA0088", "The strategies of a plan are registered");

    public static readonly DiagnosticDescriptor CannotRun = Describe("DFA0089", "A plan can be run from its first step on");

    public static readonly DiagnosticDescriptor AmbiguousStrategy = Describe("DFA0090", "A strategy of a plan is one class", DiagnosticSeverity.Warning);

    /// <summary>The diagnostic for what the reader of plans finds.</summary>
    public static DiagnosticDescriptor Of(PlanFaultKind kind) => kind switch
    {
        PlanFaultKind.Unreadable => Unreadable,
        PlanFaultKind.NotJson => NotJson,
        PlanFaultKind.OtherFormat => OtherFormat,
        PlanFaultKind.WrongField => WrongField,
        PlanFaultKind.Disagreement => Disagreement,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of fault."),
    };

    // Configurable: a plan may be for a program that is not this project.
    private static DiagnosticDescriptor Describe(string id, string title, DiagnosticSeverity severity = DiagnosticSeverity.Error)
        => new(id, title, "plan '{0}': {1}", "DiTFastAttn.Plans", severity, isEnabledByDefault: true, helpLinkUri: SiteDiagnostics.HelpFolder + id + ".md");
}
