namespace DiTFastAttn.Models.Captions;

/// <summary>
/// The characters that occur where UTF-8 was read as something else, in the categories of ftfy 6.3's <c>badness.MOJIBAKE_CATEGORIES</c> (© Robyn Speer,
/// Apache 2.0): each is the inside of a regular expression's character class.
/// </summary>
internal static class MojibakeCategories
{
    /// <summary>Frequent in any text.</summary>
    public const string Common = "\u00A0\u00AD´·–—―’…";

    public const string C1 = "\u0080-\u009F";

    /// <summary>Hardly ever meant.</summary>
    public const string Bad = "¤¦¨ª¬¯¸ºƒˆˇ˘˛˜†‡‰⌐◊\uFFFD";

    public const string Law = "§¶";
    public const string Currency = "¢£¥₧€";
    public const string StartPunctuation = "¡©«¿΄΅‘‚“„•‹\uF8FF";
    public const string EndPunctuation = "®»˝”›™";
    public const string Numeric = "±²³µ¹¼½¾×÷⁄№∂∆∏∑√∞∩∫≈≠≡≤≥";

    /// <summary>Letters that faces are drawn with, and that therefore stand beside anything.</summary>
    public const string Kaomoji = "°Ò-ÖÙ-Üò-öø-üŌŐŪŲ";

    public const string UpperAccented = "À-ÑØÜÝĀĂĄĆČĎĐĒĖĘĚĞĢĪİĶĹĻĽŁŃŅŇŒŘŚŞŠŢŤŮŰŸŹŻŽҐ";
    public const string LowerAccented = "ß-ñüāăąćčďđēėęěğģīįķĺļľłœŕśşšťźżžґﬁﬂ";
    public const string UpperCommon = "ÞΆΈΉΊΌΎΏΑ-ΫЁ-Я";
    public const string LowerCommon = "ά-ωа-џ";
    public const string Box = "│┌┐┘├┤┬┼═-╬▀▄█▌▐-▓";
}
