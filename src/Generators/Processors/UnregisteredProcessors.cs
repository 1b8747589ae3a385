using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Pipeline;

namespace DiTFastAttn.Generators.Processors;

/// <summary>Finds strategies that the project marks and does not register where it registers everything else.</summary>
internal static class UnregisteredProcessors
{
    /// <summary>A diagnostic at the first call of <c>AddDiTFastAttn</c>, or none.</summary>
    public static EquatableArray<DiagnosticRecord> Of(string? assemblyName, EquatableArray<ProcessorModel> processors, ImmutableArray<RegistrationCall> calls)
    {
        var method = ProcessorEmitter.MethodName(assemblyName ?? "");
        var start = calls
            .Where(call => call.Location is not null)
            .OrderBy(call => call.Location!.Path, StringComparer.Ordinal)
            .ThenBy(call => call.Location!.Span.Start)
            .FirstOrDefault();
        if (start is null || processors.Count == 0 || calls.Any(call => call.Name == method))
        {
            return default;
        }

        var more = processors.Count == 1 ? "" : string.Format(CultureInfo.InvariantCulture, " and {0} more", processors.Count - 1);
        return new[] { DiagnosticRecord.Of(ProcessorDiagnostics.NotRegistered, start.Location, method, processors[0].Id, more) }.ToEquatableArray();
    }
}
