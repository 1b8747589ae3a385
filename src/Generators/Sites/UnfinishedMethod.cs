namespace DiTFastAttn.Generators.Sites;

/// <summary>A partial method whose declaration has an error: it gets a body all the same, so that only that error shows.</summary>
/// <param name="MethodHeader">The partial method's declaration without the semicolon.</param>
/// <param name="Name">Class and method, for the message.</param>
/// <param name="Reason">The diagnostic's id, or whose errors to look at.</param>
internal sealed record UnfinishedMethod(string MethodHeader, string Name, string Reason);
