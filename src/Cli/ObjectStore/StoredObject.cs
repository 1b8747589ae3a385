namespace DiTFastAttn.Cli.ObjectStore;

/// <summary>An object of a store.</summary>
/// <param name="Name">Its name behind the address's prefix.</param>
/// <param name="Tag">Changes with its content.</param>
/// <param name="Bytes">Its length.</param>
internal sealed record StoredObject(string Name, string Tag, long Bytes);
