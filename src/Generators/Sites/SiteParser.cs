using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Pipeline;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Sites;

/// <summary>Turns the symbols of one class into a <see cref="HostModel"/> and diagnostics. No symbol leaves it.</summary>
internal sealed class SiteParser
{
    private const string CompilerErrors = "see the compiler's errors";
    private const string JointKind = "JointAttention";

    private readonly INamedTypeSymbol _type;
    private readonly CancellationToken _cancellation;
    private readonly List<DiagnosticRecord> _diagnostics = [];
    private readonly MemberLookup _members;
    private readonly Dictionary<string, string> _siteNames;
    private readonly HashSet<string> _generatedNames = new(StringComparer.Ordinal);

    private SiteParser(INamedTypeSymbol type, Compilation compilation, CancellationToken cancellation)
    {
        _type = type;
        _cancellation = cancellation;
        _members = new MemberLookup(type, compilation, cancellation);
        _siteNames = NamesInBaseClasses();
    }

    /// <summary>Parses the classes of a file; a class that has sites in several files where its first one is.</summary>
    /// <param name="tree">The file.</param>
    /// <param name="marked">Its attributes that may be <c>[AttentionSite]</c>, by their names.</param>
    /// <param name="compilation">What the file is part of.</param>
    /// <param name="cancellation">Heeded between two sites.</param>
    public static IEnumerable<ParseResult> Parse(
        SyntaxTree tree, IEnumerable<AttributeSyntax> marked, Compilation compilation, CancellationToken cancellation)
    {
        var model = compilation.GetSemanticModel(tree);
        var parsed = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        SyntaxNode? last = null;
        foreach (var declaration in marked.Select(attribute => attribute.Parent?.Parent))
        {
            if (declaration is MethodDeclarationSyntax { ExplicitInterfaceSpecifier: null, Parent: TypeDeclarationSyntax around })
            {
                if (around != last && model.GetDeclaredSymbol(around, cancellation) is { } type && parsed.Add(type)
                    && FirstSite(type, cancellation)?.Syntax?.SyntaxTree == tree)
                {
                    yield return new SiteParser(type, compilation, cancellation).Parse();
                }

                last = around;
            }
            else if (declaration is not null and not ConstructorDeclarationSyntax // the compiler refuses it
                && SymbolOf(declaration, model, cancellation) is IMethodSymbol { ContainingType: { } owner } method
                && SiteAttribute.On(method, cancellation) is not null)
            {
                var name = method.MethodKind == MethodKind.AnonymousFunction ? "lambda" : (method.AssociatedSymbol ?? method).Name;
                var misplaced = DiagnosticRecord.Of(
                    SiteDiagnostics.MethodNotPartial, LocationRecord.Of(method.Locations.FirstOrDefault()), name, "Attend");
                yield return new ParseResult(CodeNames.OfMetadata(owner), null, new[] { misplaced }.ToEquatableArray());
            }
        }
    }

    private static ISymbol? SymbolOf(SyntaxNode declaration, SemanticModel model, CancellationToken cancellation)
        => declaration is AnonymousFunctionExpressionSyntax
            ? model.GetSymbolInfo(declaration, cancellation).Symbol
            : model.GetDeclaredSymbol(declaration, cancellation);

    private ParseResult Parse()
    {
        var methods = SiteMethods(_type)
            .Select(m => (Method: m, Attribute: SiteAttribute.On(m, _cancellation)))
            .Where(m => m.Attribute is not null)
            .Select(m => (m.Method, Attribute: m.Attribute!.Value))
            .OrderBy(m => m.Attribute.Syntax?.SyntaxTree.FilePath, StringComparer.Ordinal)
            .ThenBy(m => m.Attribute.Syntax?.SpanStart)
            .ToList();
        var canAdd = CheckTypeIsOpen(methods[0].Method);
        var problem = CheckTypeCanHost(methods[0].Method);

        var sites = new List<SiteModel>();
        var unfinished = new List<UnfinishedMethod>();
        var headers = new HashSet<string>(StringComparer.Ordinal); // a method that is declared twice gets one body
        foreach (var (method, attribute) in methods)
        {
            _cancellation.ThrowIfCancellationRequested();
            var (site, reason) = ParseSite(method, attribute);
            reason ??= problem;
            if (site is not null && reason is null)
            {
                if (headers.Add(site.MethodHeader))
                {
                    sites.Add(site);
                }
            }
            else if (method.IsPartialDefinition && method.PartialImplementationPart is null && !IsHalfTyped(method) && HeaderOf(method) is var header && headers.Add(header))
            {
                unfinished.Add(new UnfinishedMethod(header, _type.Name + "." + method.Name, reason ?? CompilerErrors));
            }
        }

        var host = canAdd && (sites.Count > 0 || unfinished.Count > 0)
            ? new HostModel(
                CodeNames.OfMetadata(_type),
                CodeNames.OfNamespace(_type.ContainingNamespace),
                DeclaredTypes.WithContaining(_type).Select(CodeNames.OfTypeDeclaration).ToEquatableArray(),
                CodeNames.OfType(_type),
                problem is null ? Role() : HostRole.None,
                sites.ToEquatableArray(),
                unfinished.ToEquatableArray())
            : null;
        return new ParseResult(CodeNames.OfMetadata(_type), host, _diagnostics.ToEquatableArray());
    }

    /// <summary>Whether generated code can add to the class at all.</summary>
    private bool CheckTypeIsOpen(IMethodSymbol site)
    {
        var open = true;
        foreach (var type in DeclaredTypes.WithContaining(_type))
        {
            if (type.IsFileLocal)
            {
                open = Report(SiteDiagnostics.FileLocalType, type, type.Name, site.Name);
            }
            else if (!DeclaredTypes.IsPartial(type, _cancellation))
            {
                open = Report(SiteDiagnostics.TypeNotPartial, type, type.Name, site.Name, CodeNames.Keyword(type));
            }
        }

        return open;
    }

    /// <summary>Why the class cannot have sites, or <see langword="null"/> where it can.</summary>
    private string? CheckTypeCanHost(IMethodSymbol site)
    {
        if (KnownTypes.HasUnresolvedBase(_type))
        {
            return CompilerErrors;
        }

        if (!KnownTypes.IsModule(_type))
        {
            Report(SiteDiagnostics.NotAModule, _type, _type.Name, site.Name);
            return SiteDiagnostics.NotAModule.Id;
        }

        if (BaseTypes(_type).FirstOrDefault(t => !IsGeneratedHost(t) && ImplementsHostByHand(t)) is { } closed)
        {
            Report(SiteDiagnostics.ClosedBase, _type, _type.Name, closed.Name);
            return SiteDiagnostics.ClosedBase.Id;
        }

        return null;
    }

    /// <summary>The site, or why it is none.</summary>
    private (SiteModel? Site, string? Reason) ParseSite(IMethodSymbol method, SiteAttribute attribute)
    {
        var before = _diagnostics.Count;
        if (!CheckMethod(method, attribute.IsSubLayer) || !attribute.IsUnderstood)
        {
            return (null, ReasonSince(before));
        }

        CheckName(method, attribute.Name);
        if (attribute.IsSubLayer)
        {
            return ParseSubLayer(method, attribute, before);
        }

        var isJoint = KnownTypes.IsPairOfTensors(method.ReturnType);
        var parameters = SignatureText(method);
        var project = FindProjection(
            method, attribute["Project"], "Project", $"AttentionInput {{0}}({parameters})", "ProjectQkv", m => IsProject(m, method));
        var output = FindProjection(
            method,
            attribute["Output"],
            "Output",
            isJoint ? $"{CodeNames.InMessage(method.ReturnType)} {{0}}(Tensor attended, {parameters})" : "Tensor {0}(Tensor attended)",
            "ProjectOut",
            m => IsOutput(m, method));
        var heads = FindSize(method, attribute["Heads"], "Heads");
        var headWidth = FindSize(method, attribute["HeadWidth"], "HeadWidth");
        var kind = attribute.Kind;
        if (kind is not null && (kind == JointKind) != isJoint)
        {
            Report(SiteDiagnostics.KindOfAnotherSignature, attribute["Kind"].Syntax, method.Name, kind, isJoint ? "two streams of tokens" : "one stream of tokens");
        }

        if (_diagnostics.Count > before || project is null || output is null)
        {
            return (null, ReasonSince(before));
        }

        var site = new SiteModel(
            HeaderOf(method),
            CodeNames.Escape(method.Name),
            method.Parameters.Select((p, i) => new SiteParameter(CodeNames.Escape(p.Name), CodeNames.OfType(p.Type), i > 0 && IsPerSample(p, i, isJoint))).ToEquatableArray(),
            isJoint,
            FieldName(method),
            ClassName(method, "Site"),
            method.Parameters.Length > 1 ? ClassName(method, "Arguments") : "",
            attribute.Name.Text,
            kind ?? (isJoint ? JointKind : null),
            MemberLookup.Access(project),
            MemberLookup.Access(output),
            output.Parameters.Length > 1,
            heads,
            headWidth,
            MultiplyAccumulates: null);
        return (site, null);
    }

    private (SiteModel? Site, string? Reason) ParseSubLayer(IMethodSymbol method, SiteAttribute attribute, int before)
    {
        var compute = FindProjection(
            method, attribute["Compute"], "Compute", $"Tensor {{0}}({SignatureText(method)})", "ComputeSubLayer", m => IsCompute(m, method));
        var width = FindSize(method, attribute["Width"], "Width");
        var cost = FindSize(method, attribute["MultiplyAccumulates"], "MultiplyAccumulates");
        if (_diagnostics.Count > before || compute is null || width is null || cost is null)
        {
            return (null, ReasonSince(before));
        }

        var site = new SiteModel(
            HeaderOf(method),
            CodeNames.Escape(method.Name),
            method.Parameters.Select(p => new SiteParameter(CodeNames.Escape(p.Name), CodeNames.OfType(p.Type), false)).ToEquatableArray(),
            IsJoint: false,
            FieldName(method),
            ClassName(method, "Site"),
            ArgumentsName: "",
            attribute.Name.Text,
            Kind: null,
            MemberLookup.Access(compute),
            Output: null,
            OutputTakesParameters: false,
            Heads: null,
            width,
            cost);
        return (site, null);
    }

    private string FieldName(IMethodSymbol method) => FreeName("__" + char.ToLowerInvariant(method.Name[0]) + method.Name.Substring(1) + "Site");

    private string ClassName(IMethodSymbol method, string what) => FreeName("__" + char.ToUpperInvariant(method.Name[0]) + method.Name.Substring(1) + what);

    private bool CheckMethod(IMethodSymbol method, bool isSubLayer)
    {
        if (!method.IsPartialDefinition)
        {
            var saysPartial = ModifiersOf(method).Any(SyntaxKind.PartialKeyword);
            return Report(saysPartial ? SiteDiagnostics.MethodHasBody : SiteDiagnostics.MethodNotPartial, method, method.Name, CodeNames.Escape(method.Name));
        }

        if (method.PartialImplementationPart is { } body)
        {
            return Report(SiteDiagnostics.MethodHasBody, body, method.Name);
        }

        if (IsHalfTyped(method))
        {
            return false;
        }

        return (SignatureFault(method) ?? (isSubLayer ? SubLayerFault(method) : null)) is not { } fault
            || Report(isSubLayer ? SiteDiagnostics.WrongSubLayer : SiteDiagnostics.WrongSignature, method, method.Name, fault, CodeNames.Escape(method.Name));
    }

    private static string? SignatureFault(IMethodSymbol method)
        => method switch
        {
            { IsStatic: true } => "it is static",
            { IsGenericMethod: true } => "it is generic",
            { IsVararg: true } => "it takes arguments of any number and type",
            { ReturnsByRef: true } or { ReturnsByRefReadonly: true } => "it returns a reference",
            _ when !KnownTypes.IsPairOfTensors(method.ReturnType)
                && (!KnownTypes.IsTensor(method.ReturnType) || method.ReturnType.NullableAnnotation == NullableAnnotation.Annotated)
                => $"it returns '{CodeNames.InMessage(method.ReturnType)}'",
            { Parameters.Length: 0 } => "it has no parameter",
            { Parameters.Length: 1 } when KnownTypes.IsPairOfTensors(method.ReturnType) => "it returns two streams of tokens and takes one",
            _ => method.Parameters.Select((p, i) => ParameterFault(p, i, KnownTypes.IsPairOfTensors(method.ReturnType))).FirstOrDefault(f => f is not null),
        };

    private static string? SubLayerFault(IMethodSymbol method)
        => KnownTypes.IsPairOfTensors(method.ReturnType) ? "it returns two streams of tokens"
            : method.Parameters.Length > 1 ? $"its parameter is '{CodeNames.InMessage(method.Parameters[1])}'"
            : null;

    // The tokens come first, two streams of them where two are returned; what follows is the projections' own.
    private static string? ParameterFault(IParameterSymbol parameter, int index, bool isJoint)
    {
        var isTensor = KnownTypes.IsTensor(parameter.Type);
        if (parameter.RefKind != RefKind.None
            || parameter.Type.IsRefLikeType
            || parameter.Type is ITypeParameterSymbol { AllowsRefLikeType: true }
            || parameter.Type is IPointerTypeSymbol or IFunctionPointerTypeSymbol
            || (index < (isJoint ? 2 : 1) && (!isTensor || parameter.Type.NullableAnnotation == NullableAnnotation.Annotated)))
        {
            return $"its parameter is '{CodeNames.InMessage(parameter)}'";
        }

        return !isTensor && HasPerSample(parameter) ? $"its parameter '{CodeNames.InMessage(parameter)}' is marked [PerSample] and is no tensor" : null;
    }

    // The second stream of tokens is per sample as the first is.
    private static bool IsPerSample(IParameterSymbol parameter, int index, bool isJoint) => (isJoint && index == 1) || HasPerSample(parameter);

    private static bool HasPerSample(IParameterSymbol parameter)
        => parameter.GetAttributes().Any(a => KnownTypes.Is(a.AttributeClass, KnownTypes.PerSample));

    private static string SignatureText(IMethodSymbol site) => string.Join(", ", site.Parameters.Select(CodeNames.InMessage));

    private void CheckName(IMethodSymbol method, SiteArgument argument)
    {
        var name = argument.Text;
        if (name is not null && SiteName.Fault(name) is { } fault)
        {
            Report(SiteDiagnostics.MalformedName, argument.Syntax, method.Name, CodeNames.Literal(name), fault);
        }
        else if (_siteNames.TryGetValue(name ?? "", out var other))
        {
            var named = name is null ? "without a name" : $"named {CodeNames.Literal(name)}";
            Report(SiteDiagnostics.DuplicateName, argument.Syntax, other, method.Name, named, _type.Name);
        }
        else
        {
            _siteNames.Add(name ?? "", method.Name);
        }
    }

    private IMethodSymbol? FindProjection(
        IMethodSymbol site, SiteArgument argument, string property, string signature, string usualName, Predicate<IMethodSymbol> fits)
    {
        if (!argument.IsGiven)
        {
            return null;
        }

        var name = argument.Text ?? "";
        var candidates = _members.Methods(name);
        var match = candidates.Find(fits);
        if (match is not null && SiteAttribute.On(match, _cancellation) is null)
        {
            return match;
        }

        var needed = string.Format(
            CultureInfo.InvariantCulture, signature, match is null && SyntaxFacts.IsValidIdentifier(name) ? name : usualName);
        if (candidates.Count == 0)
        {
            Report(SiteDiagnostics.UnknownProjection, argument.Syntax, property, site.Name, name, _type.Name, needed);
        }
        else if (match is not null || !candidates.Exists(IsHalfTyped))
        {
            var found = match is null ? $"'{CodeNames.InMessage(candidates[0])}'" : $"'{name}', which is a site itself";
            Report(SiteDiagnostics.WrongProjection, argument.Syntax, property, site.Name, found, needed);
        }

        return null;
    }

    /// <summary>Whether a method can be what <c>Project</c> of a site names.</summary>
    public static bool IsProject(IMethodSymbol method, IMethodSymbol site)
        => IsCallable(method) && KnownTypes.Is(method.ReturnType, KnownTypes.Input) && TakesParametersOf(method, 0, site);

    /// <summary>Whether a method can be what <c>Compute</c> of a sub-layer names.</summary>
    public static bool IsCompute(IMethodSymbol method, IMethodSymbol site)
        => IsCallable(method)
            && KnownTypes.IsTensor(method.ReturnType)
            && method.ReturnType.NullableAnnotation != NullableAnnotation.Annotated
            && TakesParametersOf(method, 0, site);

    /// <summary>Whether a method can be what <c>Output</c> of a site names: attended values, and behind them the site's parameters where it wants them.</summary>
    public static bool IsOutput(IMethodSymbol method, IMethodSymbol site)
        => IsCallable(method)
            && SymbolEqualityComparer.Default.Equals(method.ReturnType, site.ReturnType)
            && method.ReturnType.NullableAnnotation != NullableAnnotation.Annotated
            && method.Parameters.Length > 0
            && IsTaken(method.Parameters[0])
            && KnownTypes.IsTensor(method.Parameters[0].Type)
            && (method.Parameters.Length == 1 || TakesParametersOf(method, 1, site));

    private static bool IsCallable(IMethodSymbol method) => method is { IsGenericMethod: false, ReturnsByRef: false, ReturnsByRefReadonly: false };

    private static bool TakesParametersOf(IMethodSymbol method, int from, IMethodSymbol site)
        => method.Parameters.Length == from + site.Parameters.Length
            && site.Parameters.All(p => IsTaken(method.Parameters[from + p.Ordinal])
                && SymbolEqualityComparer.Default.Equals(method.Parameters[from + p.Ordinal].Type, p.Type));

    private static bool IsTaken(IParameterSymbol parameter) => parameter.RefKind == RefKind.None;

    private MemberAccess? FindSize(IMethodSymbol site, SiteArgument argument, string property)
    {
        if (argument.Constant is null or { IsNull: true })
        {
            return null;
        }

        var name = argument.Text ?? "";
        var member = _members.Nearest(name);
        var type = member is null ? null : _members.ReadableType(member);
        if (type?.SpecialType is SpecialType.System_Int32 or SpecialType.System_Int64)
        {
            return MemberLookup.Access(member!);
        }

        if (type is null || !KnownTypes.IsUnresolved(type))
        {
            var what = member is null ? $"which '{_type.Name}' does not have or cannot read" : $"which is '{CodeNames.InMessage(member)}'";
            Report(SiteDiagnostics.WrongSize, argument.Syntax, property, site.Name, name, what);
        }

        return null;
    }

    private HostRole Role()
        => BaseTypes(_type).Any(t => IsGeneratedHost(t)) ? HostRole.Derived
            : _type.IsSealed ? HostRole.Alone
            : HostRole.Root;

    /// <summary>Whether the class has, or will have, the generated members that a derived class adds its sites to.</summary>
    private bool IsGeneratedHost(INamedTypeSymbol type)
        => type.GetMembers(SiteEmitter.AddMethod).Length > 0
            || (type.DeclaringSyntaxReferences.Length > 0
                && FirstSite(type, _cancellation) is not null
                && DeclaredTypes.WithContaining(type).All(t => DeclaredTypes.IsPartial(t, _cancellation) && !t.IsFileLocal)
                && KnownTypes.IsModule(type));

    private static bool ImplementsHostByHand(INamedTypeSymbol type) => type.Interfaces.Any(i => KnownTypes.Is(i, KnownTypes.SiteHost));

    private Dictionary<string, string> NamesInBaseClasses()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var type in BaseTypes(_type).Where(IsGeneratedHost))
        {
            foreach (var method in SiteMethods(type))
            {
                if (SiteAttribute.On(method, _cancellation) is { IsUnderstood: true } site)
                {
                    names[site.Name.Text ?? ""] = type.Name + "." + method.Name;
                }
            }
        }

        return names;
    }

    private static SiteAttribute? FirstSite(INamedTypeSymbol type, CancellationToken cancellation)
        => SiteMethods(type).Select(m => SiteAttribute.On(m, cancellation)).FirstOrDefault(a => a is not null);

    private static IEnumerable<IMethodSymbol> SiteMethods(INamedTypeSymbol type)
        => type.GetMembers().OfType<IMethodSymbol>().Where(m => m.MethodKind == MethodKind.Ordinary);

    private static IEnumerable<INamedTypeSymbol> BaseTypes(INamedTypeSymbol type)
    {
        for (var ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            yield return ancestor.OriginalDefinition;
        }
    }

    /// <summary>Whether names or types are missing in the declaration: the compiler says so itself.</summary>
    private static bool IsHalfTyped(IMethodSymbol method)
        => method.Name.Length == 0
            || KnownTypes.IsUnresolved(method.ReturnType)
            || method.Parameters.Any(p => p.Name.Length == 0 || KnownTypes.IsUnresolved(p.Type));

    private SyntaxTokenList ModifiersOf(IMethodSymbol method)
        => method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellation) is MethodDeclarationSyntax declaration
            ? declaration.Modifiers
            : default;

    private string HeaderOf(IMethodSymbol method) => CodeNames.OfMethodDeclaration(method, ModifiersOf(method));

    private string FreeName(string wish)
    {
        var name = wish;
        while (name == _type.Name || _members.Exists(name) || !_generatedNames.Add(name))
        {
            name += "_";
        }

        return name;
    }

    private string ReasonSince(int before) => _diagnostics.Count > before ? _diagnostics[before].Descriptor.Id : CompilerErrors;

    private bool Report(DiagnosticDescriptor descriptor, ISymbol at, params string[] arguments)
        => Report(descriptor, LocationRecord.Of(at.Locations.FirstOrDefault()), arguments);

    private void Report(DiagnosticDescriptor descriptor, SyntaxNode? at, params string[] arguments)
        => Report(descriptor, LocationRecord.Of(at), arguments);

    private bool Report(DiagnosticDescriptor descriptor, LocationRecord? at, string[] arguments)
    {
        _diagnostics.Add(DiagnosticRecord.Of(descriptor, at, arguments));
        return false;
    }
}
