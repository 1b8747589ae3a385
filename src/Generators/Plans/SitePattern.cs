using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DiTFastAttn.Generators.Plans;

/// <summary>The names that sites of a model can have, as far as its declaration says.</summary>
/// <param name="Path">A path in which <c>*</c> is an index of a list, and <c>**</c> at the end anything: <c>blocks.*.attn</c>.</param>
/// <param name="Kind">The member of <c>SiteKind</c>, or <see langword="null"/> for the usual one.</param>
/// <param name="IsRequired">Whether every model of that class has these sites, in every element of the list.</param>
internal sealed record SitePattern(string Path, string? Kind, bool IsRequired)
{
    private const string Index = "*";
    private const string Anything = "**";

    /// <summary>The kind of a sub-layer that is no attention.</summary>
    public const string SubLayer = "SubLayer";

    public static SitePattern Open { get; } = new(Anything, null, IsRequired: false);

    public bool IsOpen => Path == Anything || Path.EndsWith("." + Anything, StringComparison.Ordinal);

    /// <summary>The number of lists in the path.</summary>
    public int Lists => Path.Split('.').Count(part => part == Index);

    /// <summary>The pattern of the same sites in a model around this one.</summary>
    /// <param name="module">The name under which that model has it, <c>*</c> in a list.</param>
    public SitePattern Below(string module) => this with { Path = Path.Length == 0 ? module : module + "." + Path };

    /// <summary>The path with an index for the one list in it.</summary>
    public string At(int index) => string.Join(".", Path.Split('.').Select(part => part == Index ? index.ToString(CultureInfo.InvariantCulture) : part));

    /// <summary>The way to the first list, or <see langword="null"/> where there is none.</summary>
    public string? ListPath => Path.Split('.') is var parts && Array.IndexOf(parts, Index) is >= 0 and var at ? string.Join(".", parts.Take(at)) : null;

    /// <summary>Whether a site of that name can be one of these; its indices are then the lists'.</summary>
    public bool Matches(string name, out IReadOnlyList<int> indices)
    {
        var (parts, names) = (Path.Split('.'), name.Split('.'));
        var found = new List<int>();
        indices = found;
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] == Anything)
            {
                return true;
            }

            if (i >= names.Length)
            {
                return false;
            }

            if (parts[i] == Index)
            {
                if (IndexIn(names[i]) is not { } index)
                {
                    return false;
                }

                found.Add(index);
            }
            else if (parts[i] != names[i])
            {
                return false;
            }
        }

        return parts.Length == names.Length;
    }

    /// <summary>The number that a part of a name is, written as the list does: no sign, no zero before it.</summary>
    public static int? IndexIn(string part)
        => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index.ToString(CultureInfo.InvariantCulture) == part ? index : null;
}
