using System;
using System.Linq;
using System.Text;

namespace DiTFastAttn.Generators.Processors;

/// <summary>What the id of a strategy may be.</summary>
internal static class ProcessorId
{
    /// <summary>The ids that are taken in every program. A test holds them to the catalog's.</summary>
    public static readonly string[] BuiltIn = ["full", "wa", "wars", "ast", "asc"];

    /// <summary>What is wrong with an id, or <see langword="null"/>.</summary>
    public static string? Fault(string id)
        => id.Length == 0 ? "which is empty"
            : id.Contains('+') ? "which has a '+'"
            : id.All(IsAllowed) ? null
            : id.Any(char.IsWhiteSpace) ? "which has a space"
            : id.Any(char.IsUpper) ? "which has an upper-case letter"
            : "which has another character";

    /// <summary>A well-formed id that is not built in, made of a class's name: <c>DeltaCaching</c> to <c>delta-caching</c>.</summary>
    public static string Of(string className)
    {
        var id = new StringBuilder();
        for (var i = 0; i < className.Length; i++)
        {
            var letter = char.ToLowerInvariant(className[i]);
            var startsWord = char.IsUpper(className[i]) && (i == 0 || !char.IsUpper(className[i - 1]) || (i + 1 < className.Length && char.IsLower(className[i + 1])));
            if ((startsWord || !IsAllowed(letter)) && id.Length > 0 && id[id.Length - 1] != '-')
            {
                id.Append('-');
            }

            if (letter != '-' && IsAllowed(letter))
            {
                id.Append(letter);
            }
        }

        var wish = id.ToString().Trim('-');
        return wish.Length == 0 ? "mine"
            : Array.IndexOf(BuiltIn, wish) >= 0 ? "my-" + wish
            : wish;
    }

    private static bool IsAllowed(char letter) => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-';
}
