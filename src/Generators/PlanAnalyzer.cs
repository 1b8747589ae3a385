using System;
using System.Collections.Immutable;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Plans;
using DiTFastAttn.Plans.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace DiTFastAttn.Generators;

/// <summary>Checks the plans that are part of a project, its additional files <c>*.plan.json</c>, as they are checked when a run begins.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class PlanAnalyzer : DiagnosticAnalyzer
{
    private const string Extension = ".plan.json";
    private const int MostReported = 50;
    private const int MostNames = 5;
    private const int Utf8 = 65001;

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        PlanDiagnostics.Unreadable, PlanDiagnostics.NotJson, PlanDiagnostics.OtherFormat, PlanDiagnostics.WrongField, PlanDiagnostics.Disagreement,
        PlanDiagnostics.UnknownModel, PlanDiagnostics.WrongSite, PlanDiagnostics.UnknownStrategy, PlanDiagnostics.CannotRun, PlanDiagnostics.AmbiguousStrategy,
    ];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            var project = new PlanProject(start.Compilation);
            start.RegisterAdditionalFileAction(file =>
            {
                if (file.AdditionalFile.Path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
                {
                    Check(file, project);
                }
            });
        });
    }

    private static void Check(AdditionalFileAnalysisContext context, PlanProject project)
    {
        var path = context.AdditionalFile.Path;
        var name = path.Substring(path.LastIndexOfAny(['/', '\\']) + 1);
        var file = context.AdditionalFile.GetText(context.CancellationToken);
        var reported = 0;
        // By its size before anything else: what is read of a file that is too large is its length.
        if (file is null || file.Length > PlanReader.MostCharacters || file.Encoding is { CodePage: not Utf8 })
        {
            var fault = file is null ? "the file is no text." : file.Length > PlanReader.MostCharacters ? PlanReader.TooLarge : PlanReader.NotUtf8;
            Report(PlanDiagnostics.Unreadable, 0, 0, fault);
            return;
        }

        if (PlanReader.Read(file.ToString(), out var faults) is not { } plan)
        {
            foreach (var fault in faults)
            {
                Report(PlanDiagnostics.Of(fault.Kind), fault.Start, fault.End, fault.Message);
            }

            return;
        }

        context.CancellationToken.ThrowIfCancellationRequested();
        var check = new PlanCheck(plan, project.Strategies(context.CancellationToken), (descriptor, at, message) => Report(descriptor, at.Start, at.End, message));
        var models = project.Ask(models => models.Named(plan.Model.Text), context.CancellationToken);
        if (models is { Count: 0 } && project.Ask(models => models.Names(), context.CancellationToken) is { Count: > 0 } names)
        {
            var known = string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? ", …" : "");
            Report(
                PlanDiagnostics.UnknownModel,
                plan.Model.Start,
                plan.Model.End,
                $"model: '{plan.Model.Text}' is no model with attention sites of this project or of what it refers to; known are {known}. Its sites are not checked.");
        }

        check.CheckRows(check.CheckSites(models ?? []));

        void Report(DiagnosticDescriptor descriptor, int start, int end, string message)
        {
            if (reported++ >= MostReported)
            {
                return;
            }

            // An object that lacks something is marked by its brace: the whole of it would be the whole file.
            var span = TextSpan.FromBounds(start, Math.Min(end, LineEnd(start)));
            context.ReportDiagnostic(DiagnosticRecord.Of(descriptor, new LocationRecord(path, span, file?.Lines.GetLinePositionSpan(span) ?? default), name, message).ToDiagnostic());
        }

        int LineEnd(int position) => file is null ? 0 : file.Lines.GetLineFromPosition(position).End;
    }
}
