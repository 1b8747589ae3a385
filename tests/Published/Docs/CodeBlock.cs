namespace DiTFastAttn.Published.Tests.Docs;

/// <summary>C# of a page.</summary>
/// <param name="Page">The page.</param>
/// <param name="Line">The line of the page on which it begins.</param>
/// <param name="Code">What stands there.</param>
internal sealed record CodeBlock(string Page, int Line, string Code);
