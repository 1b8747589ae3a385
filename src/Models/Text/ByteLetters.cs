namespace DiTFastAttn.Models.Text;

/// <summary>
/// Bytes as letters, as GPT-2 and CLIP write them: a byte that is a visible character of Latin-1 is that one, the others are the characters from
/// U+0100 on, in order.
/// </summary>
internal static class ByteLetters
{
    private const int FirstOther = 0x100;

    private static readonly char[] Letters = Make();
    private static readonly Dictionary<char, byte> Bytes = Letters.Select((letter, value) => (letter, value)).ToDictionary(e => e.letter, e => (byte)e.value);

    public static char Of(byte value) => Letters[value];

    public static byte? ByteOf(char letter) => Bytes.TryGetValue(letter, out var value) ? value : null;

    private static char[] Make()
    {
        var others = 0;
        return [.. Enumerable.Range(0, 256).Select(value => (char)(value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? value : FirstOther + others++))];
    }
}
