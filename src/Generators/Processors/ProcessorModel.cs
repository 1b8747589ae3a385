namespace DiTFastAttn.Generators.Processors;

/// <summary>One strategy to register.</summary>
/// <param name="Id">The id that plans name.</param>
/// <param name="TypeName">The class as code refers to it, <c>global::</c> included.</param>
internal sealed record ProcessorModel(string Id, string TypeName);
