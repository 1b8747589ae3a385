using System.Linq;

namespace DiTFastAttn.Generators.Sites;

/// <summary>What the last part of a site's name may be.</summary>
internal static class SiteName
{
    /// <summary>What is wrong with a name, or <see langword="null"/>.</summary>
    public static string? Fault(string name)
    {
        if (name.Length == 0)
        {
            return "which is empty";
        }

        if (name.Contains('.'))
        {
            return "which has a dot";
        }

        if (name.Any(char.IsWhiteSpace))
        {
            return "which has a space";
        }

        return name.Any(char.IsControl) ? "which has a control character"
            : HasLoneSurrogate(name) ? "which is not valid Unicode"
            : null;
    }

    private static bool HasLoneSurrogate(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsSurrogatePair(name, i))
            {
                i++;
            }
            else if (char.IsSurrogate(name[i]))
            {
                return true;
            }
        }

        return false;
    }
}
