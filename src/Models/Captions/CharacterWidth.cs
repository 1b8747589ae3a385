namespace DiTFastAttn.Models.Captions;

/// <summary>The usual form of full-width and half-width characters, by table: without ICU .NET has no compatibility forms.</summary>
internal static class CharacterWidth
{
    // From U+FF5F on.
    private const string Kana = "⦅⦆。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u3099\u309A";

    // From U+FFA0 on; U+0000 where there is none.
    private const string Hangul = "\u1160\u1100\u1101\u11AA\u1102\u11AC\u11AD\u1103\u1104\u1105\u11B0\u11B1\u11B2\u11B3\u11B4\u11B5\u111A\u1106\u1107\u1108\u1121\u1109\u110A\u110B\u110C\u110D"
        + "\u110E\u110F\u1110\u1111\u1112\0\0\0\u1161\u1162\u1163\u1164\u1165\u1166\0\0\u1167\u1168\u1169\u116A\u116B\u116C\0\0\u116D\u116E\u116F\u1170\u1171\u1172\0\0\u1173\u1174\u1175";

    // From U+FFE0 on.
    private const string Signs = "¢£¬\u0304¦¥₩\0│←↑→↓■○";

    /// <summary>The text with every character as wide as usual.</summary>
    public static string Usual(string text) => text.AsSpan().ContainsAnyInRange('\uFF01', '\uFFEE') || text.Contains('\u3000', StringComparison.Ordinal)
        ? string.Concat(text.Select(Usual))
        : text;

    private static string Usual(char c) => c switch
    {
        '\u3000' => " ",
        '\uFFE3' => " \u0304",
        >= '\uFF01' and <= '\uFF5E' => ((char)(c - 0xFEE0)).ToString(),
        >= '\uFF5F' and <= '\uFF9F' => Kana[c - '\uFF5F'].ToString(),
        >= '\uFFA0' and <= '\uFFDC' => OrItself(Hangul[c - '\uFFA0'], c),
        >= '\uFFE0' and <= '\uFFEE' => OrItself(Signs[c - '\uFFE0'], c),
        _ => c.ToString(),
    };

    private static string OrItself(char usual, char c) => (usual == '\0' ? c : usual).ToString();
}
