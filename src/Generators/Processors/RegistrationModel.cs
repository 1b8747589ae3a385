namespace DiTFastAttn.Generators.Processors;

/// <summary>A marked class's part of the registration method.</summary>
/// <param name="AssemblyName">The project's assembly, by which the method is named.</param>
/// <param name="Processor">The strategy; <see langword="null"/> where its class has an error, which leaves the method to be called all the same.</param>
internal sealed record RegistrationModel(string AssemblyName, ProcessorModel? Processor);
