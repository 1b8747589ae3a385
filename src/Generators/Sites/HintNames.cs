using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;
using DiTFastAttn.Generators.Pipeline;

namespace DiTFastAttn.Generators.Sites;

/// <summary>Names of generated files. The compiler takes no two that differ only in letter case; C# takes such class names.</summary>
internal static class HintNames
{
    /// <summary>The file's name for a class: its name in metadata, marked where another class has the same but for letter case.</summary>
    /// <param name="fullName">The class's name in metadata.</param>
    /// <param name="caseTwins">What <see cref="CaseTwins"/> says of all classes.</param>
    /// <param name="subject">What the file is about: <c>AttentionSites</c>.</param>
    public static string Of(string fullName, EquatableArray<string> caseTwins, string subject)
    {
        var twin = Array.IndexOf(caseTwins.ToArray(), fullName);
        var mark = twin < 0 ? "" : string.Format(CultureInfo.InvariantCulture, "-{0}", twin);
        return Printable(fullName) + mark + "." + subject + ".g.cs";
    }

    /// <summary>Those of the names that differ from another one only in letter case, in ordinal order.</summary>
    public static EquatableArray<string> CaseTwins(ImmutableArray<string> fullNames)
        => fullNames
            .GroupBy(Printable, StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Count() > 1)
            .SelectMany(group => group)
            .OrderBy(name => name, StringComparer.Ordinal)
            .ToEquatableArray();

    /// <summary>C# identifiers may have characters that a file's name may not (joiners and combining marks).</summary>
    private static string Printable(string fullName)
    {
        var text = new StringBuilder(fullName.Length);
        foreach (var letter in fullName)
        {
            if (char.IsLetterOrDigit(letter) || letter is '.' or '_' or '+' or '`')
            {
                text.Append(letter);
            }
            else
            {
                text.AppendFormat(CultureInfo.InvariantCulture, "({0:x4})", (int)letter);
            }
        }

        return text.ToString();
    }
}
