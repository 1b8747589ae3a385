using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Pipeline;

namespace DiTFastAttn.Generators.Processors;

/// <summary>What the parser found out about one class.</summary>
/// <param name="Registration">What it adds to the generated file, or <see langword="null"/> where there is none to add to.</param>
/// <param name="Id">Its id and where that stands, or <see langword="null"/> where it has none that counts.</param>
/// <param name="Diagnostics">What is wrong with it.</param>
internal sealed record ProcessorParseResult(RegistrationModel? Registration, DeclaredId? Id, EquatableArray<DiagnosticRecord> Diagnostics);
