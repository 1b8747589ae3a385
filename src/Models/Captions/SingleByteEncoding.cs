using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace DiTFastAttn.Models.Captions;

/// <summary>
/// An encoding of one byte a character, ASCII below 128. A sloppy one (ftfy's word) has the control characters of Latin-1 where the standard leaves a byte
/// free, and byte 1A stands for U+FFFD, which is what is left of a byte that somebody could not read.
/// </summary>
internal sealed class SingleByteEncoding
{
    private const int High = 0x80;
    private const byte Substitute = 0x1A;
    private const char Replacement = '\uFFFD';

    private readonly string _high;
    private readonly Dictionary<char, byte> _bytes = [];

    private SingleByteEncoding(string high, bool isSloppy, bool hasSpaces = true)
    {
        _high = high;
        (IsSloppy, HasSpaces) = (isSloppy, hasSpaces);
        for (var value = 0; value < High + high.Length; value++)
        {
            _bytes[value == Substitute && isSloppy ? Replacement : this[value]] = (byte)value;
        }
    }

    /// <summary>The ones that UTF-8 is most often misread as, in the order in which they are to be tried.</summary>
    public static IReadOnlyList<SingleByteEncoding> Known { get; } =
    [
        new(Range(0x80, 0xFF), isSloppy: false), // Latin-1
        new(HtmlEntities.Windows1252 + Range(0xA0, 0xFF), isSloppy: true),
        // Windows-1251
        new("ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\u0098™љ›њќћџ\u00A0ЎўЈ¤Ґ¦§Ё©Є«¬\u00AD®Ї°±Ііґµ¶·ё№є»јЅѕї" + Range(0x410, 0x44F), isSloppy: true),
        // Windows-1250
        new("€\u0081‚\u0083„…†‡\u0088‰Š‹ŚŤŽŹ\u0090‘’“”•–—\u0098™š›śťžź\u00A0ˇ˘Ł¤Ą¦§¨©Ş«¬\u00AD®Ż°±˛ł´µ¶·¸ąş»Ľ˝ľż" + CentralEuropean, isSloppy: true),
        // Windows-1253
        new("€\u0081‚ƒ„…†‡\u0088‰\u008A‹\u008C\u008D\u008E\u008F\u0090‘’“”•–—\u0098™\u009A›\u009C\u009D\u009E\u009F\u00A0΅Ά£¤¥¦§¨©ª«¬\u00AD®―°±²³΄µ¶·ΈΉΊ»Ό½ΎΏ"
            + Range(0x390, 0x3A1) + "Ò" + Range(0x3A3, 0x3CE) + "ÿ", isSloppy: true),
        // Windows-1254
        new("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008D\u008E\u008F\u0090‘’“”•–—˜™š›œ\u009D\u009EŸ" + Range(0xA0, 0xCF)
            + "Ğ" + Range(0xD1, 0xDC) + "İŞ" + Range(0xDF, 0xEF) + "ğ" + Range(0xF1, 0xFC) + "ışÿ", isSloppy: true),
        // Windows-1257
        new("€\u0081‚\u0083„…†‡\u0088‰\u008A‹\u008C¨ˇ¸\u0090‘’“”•–—\u0098™\u009A›\u009C¯˛\u009F\u00A0¡¢£¤¥¦§Ø©Ŗ«¬\u00AD®Æ°±²³´µ¶·ø¹ŗ»¼½¾æ"
            + "ĄĮĀĆÄÅĘĒČÉŹĖĢĶĪĻŠŃŅÓŌÕÖ×ŲŁŚŪÜŻŽßąįāćäåęēčéźėģķīļšńņóōõö÷ųłśūüżž˙", isSloppy: true),
        // ISO 8859-2
        new(Range(0x80, 0xA0) + "Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u00ADŽŻ°ą˛ł´ľśˇ¸šşťź˝žż" + CentralEuropean, isSloppy: false),
        // Mac Roman, where what looks like a lost no-break space is an en dash with a space behind it
        new("ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u00A0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uF8FFÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ",
            isSloppy: false, hasSpaces: false),
        // Code page 437
        new("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0",
            isSloppy: false),
    ];

    /// <summary>Those of <see cref="Known"/> that keep Latin-1's shape, letters from C0 on.</summary>
    public static IEnumerable<SingleByteEncoding> LikeLatin1 => Known.Take(7);

    public bool IsSloppy { get; }

    /// <summary>Whether a space is often what is left of a no-break space.</summary>
    public bool HasSpaces { get; }

    private static string CentralEuropean => "ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙";

    /// <summary>The character of a byte.</summary>
    public char this[int value] => value < High ? (char)value : _high[value - High];

    /// <summary>The bytes that a text was read from; none where it has a character that the encoding lacks.</summary>
    public bool TryEncode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = new byte[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            if (!_bytes.TryGetValue(text[i], out bytes[i]))
            {
                bytes = null;
                return false;
            }
        }

        return true;
    }

    private static string Range(int first, int last)
    {
        var text = new StringBuilder(last - first + 1);
        for (var value = first; value <= last; value++)
        {
            text.Append((char)value);
        }

        return text.ToString();
    }
}
