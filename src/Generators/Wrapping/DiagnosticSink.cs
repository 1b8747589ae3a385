using System.Collections.Generic;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Pipeline;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Wrapping;

/// <summary>Collects what is wrong with one adapter.</summary>
internal sealed class DiagnosticSink
{
    private readonly List<DiagnosticRecord> _all = [];

    public int Count => _all.Count;

    public EquatableArray<DiagnosticRecord> ToEquatableArray() => _all.ToEquatableArray();

    public void Report(DiagnosticDescriptor descriptor, SyntaxNode? at, params string[] arguments)
        => _all.Add(DiagnosticRecord.Of(descriptor, LocationRecord.Of(at), arguments));

    public void Report(DiagnosticDescriptor descriptor, ISymbol at, params string[] arguments)
        => _all.Add(DiagnosticRecord.Of(descriptor, LocationRecord.Of(at.Locations.FirstOrDefault()), arguments));

    /// <summary>Why something was not accepted: the first diagnostic after <paramref name="before"/>, else an error of the compiler's.</summary>
    public string ReasonSince(int before) => _all.Count > before ? _all[before].Descriptor.Id : "see the compiler's errors";
}
