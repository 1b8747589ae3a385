namespace DiTFastAttn.Generators.Tests.Testing;

/// <summary>What was generated is not what the verified files say.</summary>
internal sealed class SnapshotException(string message) : Exception(message);
