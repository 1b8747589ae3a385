using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Pipeline;

namespace DiTFastAttn.Generators.Processors;

/// <summary>Finds ids that two classes of a project declare.</summary>
internal static class DuplicateIds
{
    /// <summary>A diagnostic at every class but the first, in order of place.</summary>
    public static EquatableArray<DiagnosticRecord> Of(ImmutableArray<DeclaredId> declared)
    {
        var taken = new HashSet<string>(declared.Select(d => d.Id).Concat(ProcessorId.BuiltIn), StringComparer.Ordinal);
        var diagnostics = new List<DiagnosticRecord>();
        foreach (var group in declared.GroupBy(d => d.Id, StringComparer.Ordinal).Where(g => g.Count() > 1).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var inOrder = group.OrderBy(d => d.Location?.Path, StringComparer.Ordinal).ThenBy(d => d.Location?.Span.Start).ToList();
            foreach (var other in inOrder.Skip(1))
            {
                diagnostics.Add(DiagnosticRecord.Of(
                    ProcessorDiagnostics.DuplicateId, other.Location, inOrder[0].ClassName, other.ClassName, other.Id, Free(ProcessorId.Of(other.ClassName), taken)));
            }
        }

        return diagnostics.ToEquatableArray();
    }

    private static string Free(string wish, HashSet<string> taken)
    {
        var id = wish;
        for (var number = 2; !taken.Add(id); number++)
        {
            id = string.Format(CultureInfo.InvariantCulture, "{0}-{1}", wish, number);
        }

        return id;
    }
}
