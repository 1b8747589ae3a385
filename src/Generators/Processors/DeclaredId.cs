using DiTFastAttn.Generators.Diagnostics;

namespace DiTFastAttn.Generators.Processors;

/// <summary>An id as a class declares it.</summary>
/// <param name="Id">The id.</param>
/// <param name="ClassName">The class, for messages.</param>
/// <param name="Location">Where the id stands.</param>
internal sealed record DeclaredId(string Id, string ClassName, LocationRecord? Location);
