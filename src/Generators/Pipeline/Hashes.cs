namespace DiTFastAttn.Generators.Pipeline;

/// <summary>Hashes that are the same in every process (FNV-1a, 64 bits).</summary>
internal static class Hashes
{
    public const ulong Start = 14695981039346656037;

    private const ulong Prime = 1099511628211;

    /// <summary>The hash of everything so far and one text more; where one text ends and the next begins counts.</summary>
    public static ulong Add(ulong hash, string text)
    {
        foreach (var letter in text)
        {
            hash = unchecked((hash ^ letter) * Prime);
        }

        return Add(hash, (ulong)text.Length);
    }

    public static ulong Add(ulong hash, ulong value) => unchecked((hash ^ value ^ (value >> 32)) * Prime);

    /// <summary>A name in 32 bits, where two names that fall together only cost time.</summary>
    public static uint OfName(string name)
    {
        var hash = Add(Start, name);
        return unchecked((uint)(hash ^ (hash >> 32)));
    }
}
