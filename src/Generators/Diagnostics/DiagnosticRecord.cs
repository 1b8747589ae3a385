using System.Linq;
using DiTFastAttn.Generators.Pipeline;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Diagnostics;

/// <summary>A diagnostic as plain data with value equality, to travel through the pipeline.</summary>
internal sealed record DiagnosticRecord(DiagnosticDescriptor Descriptor, LocationRecord? Location, EquatableArray<string> Arguments)
{
    public static DiagnosticRecord Of(DiagnosticDescriptor descriptor, LocationRecord? location, params string[] arguments)
        => new(descriptor, location, arguments.ToEquatableArray());

    public Diagnostic ToDiagnostic()
        => Diagnostic.Create(Descriptor, Location?.ToLocation(), Arguments.Select(object? (argument) => argument).ToArray());
}
