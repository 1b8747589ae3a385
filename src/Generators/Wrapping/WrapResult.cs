using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Pipeline;

namespace DiTFastAttn.Generators.Wrapping;

/// <summary>What the parser found out about one adapter.</summary>
/// <param name="Adapter">What to generate, or <see langword="null"/> where nothing can be added to the class.</param>
/// <param name="Diagnostics">What is wrong with it.</param>
internal sealed record WrapResult(AdapterModel? Adapter, EquatableArray<DiagnosticRecord> Diagnostics);
