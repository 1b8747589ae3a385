using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Pipeline;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Processors;

/// <summary>Turns the symbols of one marked class into a <see cref="RegistrationModel"/> and diagnostics. No symbol leaves it.</summary>
internal sealed class ProcessorParser
{
    public const string Attribute = "DiTFastAttn.AttentionProcessorAttribute";

    public const string Processor = "DiTFastAttn.IAttentionProcessor";
    public const string Decorator = "DiTFastAttn.IAttentionDecorator";
    private const string Builder = "DiTFastAttn.Hosting.DiTFastAttnBuilder";
    private const string KeyedService = "FromKeyedServicesAttribute";

    private readonly INamedTypeSymbol _type;
    private readonly List<DiagnosticRecord> _diagnostics = [];

    private ProcessorParser(INamedTypeSymbol type) => _type = type;

    /// <summary>Parses a marked class; once, also where two of its parts are marked, which the compiler forbids itself.</summary>
    public static ProcessorParseResult? Parse(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var attribute = context.TargetSymbol.GetAttributes().FirstOrDefault(a => KnownTypes.Is(a.AttributeClass, Attribute));
        return context.TargetSymbol is INamedTypeSymbol { TypeKind: TypeKind.Class } type
            && attribute?.ApplicationSyntaxReference?.GetSyntax(cancellation) is AttributeSyntax syntax
            && syntax.SyntaxTree == context.TargetNode.SyntaxTree
            && context.TargetNode.Span.Contains(syntax.Span)
                ? new ProcessorParser(type).Parse(attribute, syntax, context.SemanticModel.Compilation)
                : null;
    }

    private ProcessorParseResult Parse(AttributeData attribute, AttributeSyntax syntax, Compilation compilation)
    {
        var isGood = CheckCreatable() && CheckKind() && CheckVisible() && CheckConstructors();
        DeclaredId? declared = null;
        var id = "";
        // Where the compiler did not understand the attribute it says so itself.
        if (attribute is { AttributeConstructor: not null, ConstructorArguments.Length: 1 } && attribute.ConstructorArguments[0].Kind != TypedConstantKind.Error)
        {
            id = attribute.ConstructorArguments[0].Value as string;
            var at = LocationRecord.Of(syntax.ArgumentList?.Arguments.FirstOrDefault() ?? (SyntaxNode)syntax);
            declared = CheckId(id, at) ? new DeclaredId(id!, _type.Name, at) : null;
        }

        RegistrationModel? registration = null;
        if (compilation.GetTypeByMetadataName(Builder) is null)
        {
            Report(ProcessorDiagnostics.NoHosting, _type.Name, id ?? "");
        }
        else
        {
            var processor = isGood && declared is not null ? new ProcessorModel(declared.Id, CodeNames.OfType(_type)) : null;
            registration = new RegistrationModel(compilation.AssemblyName ?? "", processor);
        }

        return new ProcessorParseResult(registration, declared, _diagnostics.ToEquatableArray());
    }

    private bool CheckKind()
    {
        // What the compiler cannot find may be what is missing: it says so itself.
        if (KnownTypes.HasUnresolvedBase(_type) || _type.AllInterfaces.Any(i => i.TypeKind == TypeKind.Error))
        {
            return false;
        }

        var computes = _type.AllInterfaces.Any(i => KnownTypes.Is(i, Processor));
        var decorates = _type.AllInterfaces.Any(i => KnownTypes.Is(i, Decorator));
        return computes != decorates
            || Report(ProcessorDiagnostics.NotAStrategy, _type.Name, computes ? "both IAttentionProcessor and IAttentionDecorator" : "neither IAttentionProcessor nor IAttentionDecorator");
    }

    private bool CheckCreatable()
    {
        var fault = _type.IsStatic ? "static"
            : _type.IsAbstract ? "abstract"
            : _type.Arity > 0 ? "generic"
            : ContainingTypes().Any(t => t.Arity > 0) ? "nested in a generic type"
            : null;
        return fault is null || Report(ProcessorDiagnostics.NotCreatable, _type.Name, fault);
    }

    private bool CheckVisible()
    {
        var hidden = ContainingTypes().Prepend(_type).FirstOrDefault(
            t => t.DeclaredAccessibility is Accessibility.Private or Accessibility.Protected or Accessibility.ProtectedAndInternal || t.IsFileLocal);
        if (hidden is null)
        {
            return true;
        }

        var how = hidden.IsFileLocal ? "file-local"
            : hidden.DeclaredAccessibility == Accessibility.Private ? "private"
            : "protected";
        return Report(
            ProcessorDiagnostics.NotVisible, _type.Name, SymbolEqualityComparer.Default.Equals(hidden, _type) ? how : $"inside '{hidden.Name}', which is {how}");
    }

    private bool CheckId(string? id, LocationRecord? at)
    {
        if ((id is null ? "which is none" : ProcessorId.Fault(id)) is { } fault)
        {
            return Report(ProcessorDiagnostics.MalformedId, at, _type.Name, id is null ? "null" : CodeNames.Literal(id), fault, ProcessorId.Of(_type.Name));
        }

        return Array.IndexOf(ProcessorId.BuiltIn, id) < 0 || Report(ProcessorDiagnostics.ReservedId, at, _type.Name, id!, ProcessorId.Of(_type.Name));
    }

    /// <summary>Whether a constructor can be called with services. What services there are shows at run time only.</summary>
    private bool CheckConstructors()
    {
        var open = _type.InstanceConstructors.Where(c => c.DeclaredAccessibility == Accessibility.Public).ToList();
        if (open.Count == 0)
        {
            return Report(ProcessorDiagnostics.NoConstructor, _type.Name, "has no public constructor");
        }

        var faults = open.ConvertAll(c => c.Parameters.FirstOrDefault(p => !CanBeAService(p)));
        return faults.Contains(null)
            || Report(
                ProcessorDiagnostics.NoConstructor,
                open[0].Locations.FirstOrDefault(),
                _type.Name,
                $"its constructor takes '{CodeNames.InMessage(faults[0]!)}', which is no service");
    }

    private static bool CanBeAService(IParameterSymbol parameter)
        => KnownTypes.IsUnresolved(parameter.Type)
            || (parameter.RefKind == RefKind.None
                && (parameter.HasExplicitDefaultValue
                    || parameter.GetAttributes().Any(a => a.AttributeClass?.Name == KeyedService)
                    || (parameter.Type.IsReferenceType && parameter.Type.SpecialType != SpecialType.System_String && !KnownTypes.Is(parameter.Type, KnownTypes.Tensor))));

    private IEnumerable<INamedTypeSymbol> ContainingTypes()
    {
        for (var outer = _type.ContainingType; outer is not null; outer = outer.ContainingType)
        {
            yield return outer;
        }
    }

    private bool Report(DiagnosticDescriptor descriptor, params string[] arguments) => Report(descriptor, _type.Locations.FirstOrDefault(), arguments);

    private bool Report(DiagnosticDescriptor descriptor, Location? at, params string[] arguments) => Report(descriptor, LocationRecord.Of(at), arguments);

    private bool Report(DiagnosticDescriptor descriptor, LocationRecord? at, params string[] arguments)
    {
        _diagnostics.Add(DiagnosticRecord.Of(descriptor, at, arguments));
        return false;
    }
}
