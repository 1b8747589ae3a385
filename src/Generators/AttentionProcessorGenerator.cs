using System;
using System.Linq;
using DiTFastAttn.Generators.Pipeline;
using DiTFastAttn.Generators.Processors;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators;

/// <summary>Writes the method that registers all classes of a project that are marked <c>[AttentionProcessor]</c>.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class AttentionProcessorGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var parsed = context.SyntaxProvider
            .ForAttributeWithMetadataName(ProcessorParser.Attribute, static (_, _) => true, ProcessorParser.Parse)
            .Where(static result => result is not null)
            .Select(static (result, _) => result!)
            .WithTrackingName(TrackingNames.ParseProcessors);

        var diagnostics = parsed
            .SelectMany(static (result, _) => result.Diagnostics)
            .WithTrackingName(TrackingNames.ProcessorDiagnostics);
        context.RegisterSourceOutput(diagnostics, static (output, diagnostic) => output.ReportDiagnostic(diagnostic.ToDiagnostic()));

        var duplicates = parsed
            .Select(static (result, _) => result.Id)
            .Where(static id => id is not null)
            .Select(static (id, _) => id!)
            .Collect()
            .SelectMany(static (ids, _) => DuplicateIds.Of(ids))
            .WithTrackingName(TrackingNames.DuplicateIds);
        context.RegisterSourceOutput(duplicates, static (output, diagnostic) => output.ReportDiagnostic(diagnostic.ToDiagnostic()));

        // Without places: an edit that only moves a class writes nothing again.
        var registrations = parsed
            .Select(static (result, _) => result.Registration)
            .Where(static registration => registration is not null)
            .Select(static (registration, _) => registration!)
            .WithTrackingName(TrackingNames.Registrations);
        var sources = registrations
            .Collect()
            .Select(static (all, _) => (
                all.FirstOrDefault()?.AssemblyName,
                Processors: all
                    .Where(registration => registration.Processor is not null)
                    .Select(registration => registration.Processor!)
                    .OrderBy(processor => processor.Id, StringComparer.Ordinal)
                    .ThenBy(processor => processor.TypeName, StringComparer.Ordinal)
                    .ToEquatableArray()))
            .WithTrackingName(TrackingNames.ProcessorSources);
        var calls = context.SyntaxProvider
            .CreateSyntaxProvider(RegistrationCall.MayBe, RegistrationCall.Of)
            .WithTrackingName(TrackingNames.Calls);
        var unregistered = sources
            .Combine(calls.Collect())
            .SelectMany(static (pair, _) => UnregisteredProcessors.Of(pair.Left.AssemblyName, pair.Left.Processors, pair.Right))
            .WithTrackingName(TrackingNames.Unregistered);
        context.RegisterSourceOutput(unregistered, static (output, diagnostic) => output.ReportDiagnostic(diagnostic.ToDiagnostic()));

        context.RegisterSourceOutput(sources, static (output, source) =>
        {
            if (source.AssemblyName is { } assemblyName)
            {
                output.AddSource(ProcessorEmitter.HintName, ProcessorEmitter.Emit(assemblyName, source.Processors));
            }
        });
    }
}
