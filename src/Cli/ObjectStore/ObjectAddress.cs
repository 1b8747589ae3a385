namespace DiTFastAttn.Cli.ObjectStore;

/// <summary>A place in an object store: <c>s3://bucket/prefix</c>.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Prefix">What all names begin with: empty, or with <c>/</c> at its end.</param>
internal sealed record ObjectAddress(string Bucket, string Prefix)
{
    private const string Scheme = "s3://";

    /// <summary>Whether a text is meant as one.</summary>
    public static bool IsLikely(string text) => text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads an address.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It names no bucket; the message says what would be right.</exception>
    public static ObjectAddress Parse(string text)
    {
        var path = text[Scheme.Length..];
        var slash = path.IndexOf('/');
        var (bucket, prefix) = slash < 0 ? (path, "") : (path[..slash], path[(slash + 1)..].TrimEnd('/'));
        var isBucket = bucket.Length is >= 3 and <= 63 && bucket.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.') && char.IsAsciiLetterOrDigit(bucket[0]);
        if (!isBucket)
        {
            throw new FormatException("give s3://BUCKET/PREFIX; a bucket's name is 3 to 63 lowercase letters, digits, dots and hyphens");
        }

        return prefix.Split('/') is var parts && prefix.Length > 0 && parts.Any(part => part is "" or "." or "..")
            ? throw new FormatException("give s3://BUCKET/PREFIX; a prefix has no empty part and none of dots alone")
            : new ObjectAddress(bucket, prefix.Length == 0 ? "" : prefix + "/");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scheme}{Bucket}/{Prefix}".TrimEnd('/');
}
