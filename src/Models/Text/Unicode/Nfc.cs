using System.Text;

namespace DiTFastAttn.Models.Text.Unicode;

/// <summary>Unicode's normalisation form C (Unicode Standard Annex 15), on tables of our own.</summary>
internal static class Nfc
{
    // Hangul syllables are composed by arithmetic (The Unicode Standard, section 3.12).
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int Leads = 19, Vowels = 21, Trails = 28, Syllables = Leads * Vowels * Trails;

    /// <summary>Normalises a text; a lone half of a surrogate pair stays as it is.</summary>
    public static string Normalize(string text)
    {
        // Nothing below U+0300 changes: it neither decomposes for good nor combines with what is before it.
        const char FirstCombining = '\u0300';
        if (!text.AsSpan().ContainsAnyInRange(FirstCombining, char.MaxValue))
        {
            return text;
        }

        var characters = new List<int>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var isPair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            Decompose(isPair ? char.ConvertToUtf32(text[i], text[++i]) : text[i], characters);
        }

        Order(characters);
        var result = new StringBuilder(text.Length);
        foreach (var character in Compose(characters))
        {
            if (character > char.MaxValue)
            {
                result.Append(char.ConvertFromUtf32(character));
            }
            else
            {
                result.Append((char)character);
            }
        }

        return result.ToString();
    }

    private static void Decompose(int character, List<int> into)
    {
        if (character - SyllableBase is >= 0 and < Syllables and var syllable)
        {
            into.Add(LeadBase + (syllable / (Vowels * Trails)));
            into.Add(VowelBase + (syllable % (Vowels * Trails) / Trails));
            if (syllable % Trails is > 0 and var trail)
            {
                into.Add(TrailBase + trail);
            }
        }
        else if (CanonicalTables.Decomposition(character) is var (first, second))
        {
            Decompose(first, into);
            if (second >= 0)
            {
                into.Add(second);
            }
        }
        else
        {
            into.Add(character);
        }
    }

    /// <summary>Sorts runs of combining characters by their class, equal ones left in order.</summary>
    private static void Order(List<int> characters)
    {
        for (var i = 0; i < characters.Count; i++)
        {
            var end = i;
            while (end < characters.Count && CanonicalTables.CombiningClass(characters[end]) > 0)
            {
                end++;
            }

            if (end - i > 1)
            {
                var sorted = characters.GetRange(i, end - i).OrderBy(CanonicalTables.CombiningClass).ToList();
                for (var j = 0; j < sorted.Count; j++)
                {
                    characters[i + j] = sorted[j];
                }
            }

            i = Math.Max(i, end);
        }
    }

    private static List<int> Compose(List<int> characters)
    {
        var result = new List<int>(characters.Count);
        var (starter, lastClass) = (-1, 0);
        foreach (var character in characters)
        {
            var combiningClass = CanonicalTables.CombiningClass(character);
            var isBlocked = starter < 0 || (result.Count - 1 > starter && (lastClass == 0 || lastClass >= combiningClass));
            if (!isBlocked && Pair(result[starter], character) is { } composed)
            {
                result[starter] = composed;
                continue;
            }

            if (combiningClass == 0)
            {
                starter = result.Count;
            }

            lastClass = combiningClass;
            result.Add(character);
        }

        return result;
    }

    private static int? Pair(int first, int second)
    {
        if (first - LeadBase is >= 0 and < Leads and var lead && second - VowelBase is >= 0 and < Vowels and var vowel)
        {
            return SyllableBase + (((lead * Vowels) + vowel) * Trails);
        }

        return first - SyllableBase is >= 0 and < Syllables and var syllable && syllable % Trails == 0 && second - TrailBase is > 0 and < Trails and var trail
            ? first + trail
            : CanonicalTables.Composition(first, second);
    }
}
