using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using DiTFastAttn.Generators.Pipeline;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Diagnostics;

/// <summary>A diagnostic as plain data with value equality, to travel through the pipeline.</summary>
internal sealed record DiagnosticRecord(DiagnosticDescriptor Descriptor, LocationRecord? Location, EquatableArray<string> Arguments)
{
    public static DiagnosticRecord Of(DiagnosticDescriptor descriptor, LocationRecord? location, params string[] arguments)
        => new(descriptor, location, arguments.ToEquatableArray());

    /// <summary>The property of a diagnostic that has an argument of its message: code fixes read it there.</summary>
    public static string ArgumentKey(int index) => "argument" + index.ToString(CultureInfo.InvariantCulture);

    public Diagnostic ToDiagnostic() => At(Descriptor, Location?.ToLocation(), [.. Arguments]);

    /// <summary>A diagnostic at a place in a syntax tree, where <c>#pragma warning</c> and <c>[SuppressMessage]</c> reach it.</summary>
    public static Diagnostic At(DiagnosticDescriptor descriptor, Location? location, params string[] arguments)
        => Diagnostic.Create(
            descriptor,
            location,
            arguments.Select((argument, i) => (Key: ArgumentKey(i), Argument: argument)).ToImmutableDictionary(a => a.Key, a => (string?)a.Argument),
            arguments.Select(object? (argument) => argument).ToArray());
}
