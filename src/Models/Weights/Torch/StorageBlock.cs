namespace DiTFastAttn.Models.Weights.Torch;

/// <summary>The bytes under one storage key. In the format before zip their place is known only when all else is read.</summary>
/// <param name="key">The storage's key.</param>
/// <param name="count">Elements.</param>
/// <param name="length">Length in bytes.</param>
internal sealed class StorageBlock(string key, long count, long length)
{
    public string Key => key;

    public long Count => count;

    public long Length => length;

    /// <summary>First byte in the file, or −1 while it is not known.</summary>
    public long Begin { get; set; } = -1;
}
