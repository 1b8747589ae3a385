namespace DiTFastAttn.Generators.Wrapping;

/// <summary>A partial member whose declaration has an error: it gets a body all the same, so that only that error shows.</summary>
/// <param name="Header">The partial member's declaration without braces or semicolon.</param>
/// <param name="HasSetter">Whether it is a property with a setter as well.</param>
/// <param name="SetterKeyword"><c>set</c> or <c>init</c>.</param>
/// <param name="HasGetter">Whether it is a property with a getter.</param>
/// <param name="Name">Class and member, for the message.</param>
/// <param name="Reason">The diagnostic's id, or whose errors to look at.</param>
internal sealed record UnfinishedMember(string Header, bool HasGetter, bool HasSetter, string SetterKeyword, string Name, string Reason);
