namespace DiTFastAttn.LibTorch.Tests.Conformance;

/// <summary>A type of the list: what a consumer can tell of it.</summary>
internal sealed record ApiType(string Kind, string Name, string Base, IReadOnlyList<string> Interfaces)
{
    /// <summary>Reads <c>TYPE kind name : base | interfaces</c>.</summary>
    public static ApiType Parse(string line)
    {
        var words = line.Split(' ', 3);
        var colon = words[2].IndexOf(" : ", StringComparison.Ordinal);
        var bar = words[2].IndexOf(" | ", colon, StringComparison.Ordinal);
        if (bar < 0) bar = words[2].Length; // The list's lines are read without blanks at their ends.
        var interfaces = bar + 3 < words[2].Length ? words[2][(bar + 3)..].Split(", ") : [];
        return new(words[1], words[2][..colon], words[2][Math.Min(colon + 3, bar)..bar].Trim(' ', '|'), interfaces);
    }

    /// <summary>What a consumer of the listed type would miss in this one, or null.</summary>
    public string? DifferenceFrom(ApiType listed)
    {
        if (Kind != listed.Kind) return $"is {Kind}, listed as {listed.Kind}";
        if (Base != listed.Base) return $"has the base '{Base}', listed with '{listed.Base}'";
        // Enums implement what their runtime makes them implement.
        if (Kind == "enum") return null;
        var more = Interfaces.Except(listed.Interfaces, StringComparer.Ordinal).ToList();
        return more.Count == 0 ? null : $"implements {string.Join(", ", more)}, which the listed type does not";
    }
}
