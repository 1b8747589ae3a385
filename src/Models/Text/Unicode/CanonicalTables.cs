using System.Globalization;

namespace DiTFastAttn.Models.Text.Unicode;

/// <summary>
/// Canonical decompositions and combining classes. Kept here because a program that runs without the machine's Unicode library (invariant
/// globalization, as this project's own) gets its text back from .NET unnormalised.
/// </summary>
internal static class CanonicalTables
{
    private static readonly Lazy<Tables> All = new(Read);

    /// <summary>What a character decomposes to, one or two others; <see langword="null"/> where it does not.</summary>
    public static (int First, int Second)? Decomposition(int character) => All.Value.Decompositions.TryGetValue(character, out var parts) ? parts : null;

    /// <summary>What two characters compose to; <see langword="null"/> where they do not.</summary>
    public static int? Composition(int first, int second) => All.Value.Compositions.TryGetValue((first, second), out var composed) ? composed : null;

    /// <summary>The canonical combining class; 0 for characters that begin a combination.</summary>
    public static int CombiningClass(int character) => All.Value.Classes.GetValueOrDefault(character);

    private static Tables Read()
    {
        const string Resource = "DiTFastAttn.Models.Text.Unicode.canonical.txt";
        using var stream = typeof(CanonicalTables).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the assembly lacks its resource '{Resource}'");
        using var reader = new StreamReader(stream);
        var tables = new Tables([], [], []);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            var numbers = line.TrimStart('!', '@').Split(' ').Select(n => int.Parse(n, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToArray();
            if (line.StartsWith('@'))
            {
                for (var character = numbers[0]; character <= numbers[1]; character++)
                {
                    tables.Classes.Add(character, numbers[2]);
                }

                continue;
            }

            tables.Decompositions.Add(numbers[0], (numbers[1], numbers.Length > 2 ? numbers[2] : -1));
            if (!line.StartsWith('!'))
            {
                tables.Compositions.Add((numbers[1], numbers[2]), numbers[0]);
            }
        }

        return tables;
    }

    private sealed record Tables(
        Dictionary<int, (int First, int Second)> Decompositions, Dictionary<(int First, int Second), int> Compositions, Dictionary<int, int> Classes);
}
