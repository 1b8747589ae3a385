namespace DiTFastAttn.Generators.Wrapping;

/// <summary>A partial member of an adapter that stands for one of the original.</summary>
/// <param name="Kind">What it stands for.</param>
/// <param name="Header">The partial member's declaration without braces or semicolon.</param>
/// <param name="Target">The name of the member, or the path of the submodule.</param>
/// <param name="Type">The type of the property, or what the method returns.</param>
/// <param name="DeclaredIn">The class that declares the member.</param>
/// <param name="Parameters">The method's parameters as a declaration has them, each with a comma before it.</param>
/// <param name="Arguments">The method's arguments as a call has them, each with a comma before it.</param>
/// <param name="Accessor">The generated method, or for a submodule the field, that gives access to it.</param>
internal sealed record MemberModel(
    MemberKind Kind, string Header, string Target, string Type, string DeclaredIn, string Parameters, string Arguments, string Accessor);
