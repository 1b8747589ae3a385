using DiTFastAttn.Generators.Pipeline;

namespace DiTFastAttn.Generators.Sites;

/// <summary>One class with attention sites: everything its generated file is written from.</summary>
/// <param name="FullName">The class's name in metadata, for the file's name.</param>
/// <param name="Namespace">Its namespace, or <see langword="null"/> for the global one.</param>
/// <param name="TypeHeaders">Declarations to open, outermost first, the class itself last: <c>partial class Block&lt;T&gt;</c>.</param>
/// <param name="TypeName">The class as code refers to it, <c>global::</c> included.</param>
/// <param name="Role">How it takes part in the site list.</param>
/// <param name="Sites">The sites in order of declaration.</param>
/// <param name="Unfinished">Methods whose declaration has an error.</param>
internal sealed record HostModel(
    string FullName,
    string? Namespace,
    EquatableArray<string> TypeHeaders,
    string TypeName,
    HostRole Role,
    EquatableArray<SiteModel> Sites,
    EquatableArray<UnfinishedMethod> Unfinished);
