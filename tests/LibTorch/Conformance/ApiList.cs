namespace DiTFastAttn.LibTorch.Tests.Conformance;

/// <summary>The public surface of TorchSharp 0.106.0.</summary>
internal sealed class ApiList
{
    private readonly Dictionary<string, ApiType> types = new(StringComparer.Ordinal);
    private readonly HashSet<string> members = new(StringComparer.Ordinal);

    public ApiList(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            var text = line.Trim();
            if (text.StartsWith("TYPE ", StringComparison.Ordinal))
            {
                var type = ApiType.Parse(text);
                // Two names are listed twice: a type of the namespace and one nested in torch that are the same.
                types.TryAdd(type.Name, type);
            }
            else if (text.Length > 0)
            {
                // That a member is obsolete there is no reason not to have it here.
                members.Add(text.Replace(" [Obsolete ERROR]", "", StringComparison.Ordinal).Replace(" [Obsolete]", "", StringComparison.Ordinal).TrimEnd());
            }
        }
    }

    public int Count => types.Count + members.Count;

    public static ApiList Load()
    {
        using var stream = typeof(ApiList).Assembly.GetManifestResourceStream("torchsharp-0.106.0-api.txt")!;
        using var reader = new StreamReader(stream);
        return new ApiList(reader.ReadToEnd().Split('\n'));
    }

    /// <summary>One line for each way in which a type and its members are not as listed, with the nearest listed line.</summary>
    public IEnumerable<string> Differences(Type type)
    {
        var printed = ApiPrinter.Type(type);
        if (!types.TryGetValue(printed.Name, out var listed))
        {
            yield return $"type {printed.Name} is not listed";
            yield break;
        }
        if (printed.DifferenceFrom(listed) is { } difference) yield return $"type {printed.Name} {difference}";
        foreach (var member in ApiPrinter.Members(type))
            if (!members.Contains(member))
                yield return $"{member}\n    nearest listed: {Nearest(printed.Name, member)}";
    }

    private string Nearest(string owner, string member) =>
        members.Where(m => m.StartsWith($"{owner}.", StringComparison.Ordinal)).MinBy(m => Distance(m, member)) ?? "none";

    /// <summary>Edits that lead from one text to the other (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[^1];
    }
}
