using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Pipeline;

namespace DiTFastAttn.Generators.Sites;

/// <summary>What the parser found out about one class.</summary>
/// <param name="ClassName">The class's name in metadata.</param>
/// <param name="Host">What to generate, or <see langword="null"/> where nothing can be added to the class.</param>
/// <param name="Diagnostics">What is wrong with it.</param>
internal sealed record ParseResult(string ClassName, HostModel? Host, EquatableArray<DiagnosticRecord> Diagnostics);
