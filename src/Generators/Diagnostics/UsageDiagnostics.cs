using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Diagnostics;

/// <summary>What compiles and goes wrong at run time. Each has a page in <c>docs/diagnostics</c>.</summary>
internal static class UsageDiagnostics
{
    public static readonly DiagnosticDescriptor ModuleState = Warning(
        "DFA0101",
        "A module with attention sites keeps nothing of a run",
        "'{0}' keeps {1} in '{2}': a module is shared by all runs, and what a run needs from step to step belongs to the run; {3}");

    public static readonly DiagnosticDescriptor StrategyState = Warning(
        "DFA0102",
        "A strategy has no state of its own",
        "The strategy '{0}' has '{1}', which {2}: one object serves all runs and threads; keep what a run needs with call.Store and call.Read");

    public static readonly DiagnosticDescriptor SuspendedStep = Warning(
        "DFA0103",
        "A step is not left open over await or yield",
        "'{0}' stands inside the step that '{1}' opened: a step belongs to its thread, and what comes behind may run on another; close the step before");

    public static readonly DiagnosticDescriptor BorrowedTensor = Warning(
        "DFA0104",
        "A returned tensor is the caller's own",
        "'{0}' returns {1}, and whoever called it disposes what it returns: return a handle of its own, as in '{2}'");

    private static DiagnosticDescriptor Warning(string id, string title, string message)
        => new(id, title, message, "DiTFastAttn.Usage", DiagnosticSeverity.Warning, isEnabledByDefault: true, helpLinkUri: SiteDiagnostics.HelpFolder + id + ".md");
}
