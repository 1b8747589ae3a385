namespace DiTFastAttn.Models.Weights;

/// <summary>Finds the name that was probably meant.</summary>
internal static class NearestName
{
    // A name of more than a few hundred characters is no typing error of another.
    private const int MaxLength = 200;

    /// <summary>" (near: x)" where one of the candidates is close, else nothing.</summary>
    public static string Hint(string name, IEnumerable<string> candidates) => Of(name, candidates) is { } near ? $" (near: {near})" : "";

    /// <summary>The candidate with the fewest edits, if at most a quarter of the name has to change.</summary>
    public static string? Of(string name, IEnumerable<string> candidates)
    {
        if (name.Length > MaxLength)
        {
            return null;
        }

        string? nearest = null;
        var limit = (name.Length / 4) + 1;
        foreach (var candidate in candidates)
        {
            if (Math.Abs(candidate.Length - name.Length) < limit && Edits(name, candidate, limit) is var edits && edits < limit)
            {
                (nearest, limit) = (candidate, edits);
            }
        }

        return nearest;
    }

    /// <summary>Levenshtein's distance, or the limit where it is not below it.</summary>
    private static int Edits(string a, string b, int limit)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            var least = row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
                least = Math.Min(least, row[j]);
            }

            if (least >= limit)
            {
                return limit;
            }
        }

        return Math.Min(row[b.Length], limit);
    }
}
