using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;

namespace DiTFastAttn.CodeFixes;

/// <summary>Derives a class with a site from <c>Module&lt;Tensor, Tensor&gt;</c>, where it derives from nothing.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ModuleBaseCodeFix))]
[Shared]
internal sealed class ModuleBaseCodeFix : SyntaxCodeFix
{
    private const string Tensor = "global::TorchSharp.torch.Tensor";
    private const string Module = $"global::TorchSharp.torch.nn.Module<{Tensor}, {Tensor}>";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [SiteDiagnostics.NotAModule.Id];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        if (fault.Node.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { } declaration
            || fault.Model.GetDeclaredSymbol(declaration, fault.Cancellation) is not { IsStatic: false, BaseType.SpecialType: SpecialType.System_Object } type
            || type.DeclaringSyntaxReferences.Length > 1)
        {
            yield break;
        }

        var site = type.GetMembers().OfType<IMethodSymbol>().FirstOrDefault(method => SiteAttribute.On(method, fault.Cancellation) is not null);
        var forward = type.GetMembers("forward").OfType<IMethodSymbol>().ToList();
        // Module<Tensor, Tensor> has one forward, of one tensor: where there is another, which module it should be takes thought.
        if (site is null || forward.Exists(method => !IsForward(method)) || (forward.Count == 0 && !IsForward(site)))
        {
            yield break;
        }

        yield return new Fix(
            "Derive it from Module<Tensor, Tensor>",
            () => fault.Root.ReplaceNode(declaration, Derived(declaration, forward.Count == 0 ? site.Name : null)));
    }

    private static bool IsForward(IMethodSymbol method)
        => method is { IsStatic: false, IsGenericMethod: false, Parameters.Length: 1 }
            && KnownTypes.IsTensor(method.ReturnType)
            && KnownTypes.IsTensor(method.Parameters[0].Type)
            && method.Parameters[0].RefKind == RefKind.None;

    private static ClassDeclarationSyntax Derived(ClassDeclarationSyntax declaration, string? site)
    {
        var name = $"nameof({declaration.Identifier.Text})";
        var arguments = SyntaxFactory.ParseArgumentList($"({name})");
        var changed = declaration.ReplaceNodes(
            declaration.Members.OfType<ConstructorDeclarationSyntax>().Where(constructor => constructor.Initializer is null && !constructor.Modifiers.Any(SyntaxKind.StaticKeyword)),
            (_, constructor) => constructor
                .WithParameterList(constructor.ParameterList.WithTrailingTrivia(SyntaxFactory.Space))
                .WithInitializer(SyntaxFactory.ConstructorInitializer(SyntaxKind.BaseConstructorInitializer, arguments).WithTrailingTrivia(constructor.ParameterList.GetTrailingTrivia()))
                .WithAdditionalAnnotations(Formatter.Annotation));
        changed = changed.ReplaceNodes(
            changed.Members.OfType<MethodDeclarationSyntax>().Where(method => method.Identifier.ValueText == "forward" && !method.Modifiers.Any(SyntaxKind.OverrideKeyword)),
            (_, method) => Overriding(method));

        var constructs = changed.Members.OfType<ConstructorDeclarationSyntax>().Any(constructor => !constructor.Modifiers.Any(SyntaxKind.StaticKeyword));
        var type = SyntaxFactory.ParseTypeName(Module).WithAdditionalAnnotations(Simplifier.Annotation);
        BaseTypeSyntax ancestor = constructs ? SyntaxFactory.SimpleBaseType(type) : SyntaxFactory.PrimaryConstructorBaseType(type, arguments);
        if (!constructs && changed.ParameterList is null)
        {
            var end = changed.TypeParameterList?.GreaterThanToken ?? changed.Identifier;
            changed = changed.ReplaceToken(end, end.WithTrailingTrivia())
                .WithParameterList(SyntaxFactory.ParameterList().WithTrailingTrivia(end.TrailingTrivia));
        }

        var header = changed.BaseList is null
            ? (changed.ConstraintClauses.FirstOrDefault()?.WhereKeyword ?? (changed.OpenBraceToken.IsKind(SyntaxKind.None) ? changed.SemicolonToken : changed.OpenBraceToken)).GetPreviousToken()
            : default;
        if (changed.BaseList is { } list)
        {
            changed = changed.WithBaseList(list.WithTypes(list.Types.Insert(0, ancestor)).WithAdditionalAnnotations(Formatter.Annotation));
        }
        else
        {
            changed = changed.ReplaceToken(header, header.WithTrailingTrivia(SyntaxFactory.Space));
            changed = changed.WithBaseList(SyntaxFactory.BaseList([ancestor]).WithTrailingTrivia(header.TrailingTrivia).WithAdditionalAnnotations(Formatter.Annotation));
        }

        return site is null ? changed : (ClassDeclarationSyntax)changed.WithMember($"public override {Tensor} forward({Tensor} input) => {Projection.Identifier(site)}(input);");
    }

    private static MethodDeclarationSyntax Overriding(MethodDeclarationSyntax method)
    {
        var visible = (MethodDeclarationSyntax)method.Without(SyntaxKind.VirtualKeyword).Visible(SyntaxKind.PublicKeyword);
        return visible.WithModifiers(visible.Modifiers.Insert(1, SyntaxFactory.Token(SyntaxKind.OverrideKeyword).WithTrailingTrivia(SyntaxFactory.Space)));
    }
}
