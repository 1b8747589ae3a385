using System.Globalization;

namespace DiTFastAttn.Models;

/// <summary>
/// The sizes that OpenSora v1.1 was trained on: for each resolution a list of aspect ratios (height over width) with height and width in pixels.
/// </summary>
public static class VideoResolutions
{
    // Resolution, pixels, then ratio:HEIGHTxWIDTH in the reference's order, which decides ties.
    private const string Tables = """
        144p 36864 0.38:117x312 0.43:125x291 0.48:133x277 0.50:135x270 0.53:139x262 0.54:141x260 0.56:144x256 0.62:151x241 0.67:156x234
            0.75:166x221 1.00:192x192 1.33:221x165 1.50:235x156 1.78:256x144 1.89:263x139 2.00:271x135 2.08:277x132
        256 65536 0.25:128x512 0.26:128x496 0.27:128x480 0.28:128x464 0.32:144x448 0.33:144x432 0.35:144x416 0.4:160x400 0.42:160x384
            0.48:176x368 0.5:176x352 0.52:176x336 0.57:192x336 0.6:192x320 0.68:208x304 0.72:208x288 0.78:224x288 0.82:224x272
            0.88:240x272 0.94:240x256 1.0:256x256 1.07:256x240 1.13:272x240 1.21:272x224 1.29:288x224 1.38:288x208 1.46:304x208
            1.67:320x192 1.75:336x192 2.0:352x176 2.09:368x176 2.4:384x160 2.5:400x160 2.89:416x144 3.0:432x144 3.11:448x144 3.62:464x128
            3.75:480x128 3.88:496x128 4.0:512x128
        240p 102240 0.38:196x522 0.43:210x490 0.48:222x462 0.50:226x452 0.53:232x438 0.54:236x436 0.56:240x426 0.62:252x404 0.67:262x393
            0.75:276x368 1.00:320x320 1.33:370x278 1.50:392x262 1.78:426x240 1.89:440x232 2.00:452x226 2.08:462x222
        360p 230400 0.38:294x784 0.43:314x732 0.48:332x692 0.50:340x680 0.53:350x662 0.54:352x652 0.56:360x640 0.62:380x608 0.67:392x588
            0.75:416x554 1.00:480x480 1.33:554x416 1.50:588x392 1.78:640x360 1.89:660x350 2.00:678x340 2.08:692x332
        512 262144 0.25:256x1024 0.26:256x992 0.27:256x960 0.28:256x928 0.32:288x896 0.33:288x864 0.35:288x832 0.4:320x800 0.42:320x768
            0.48:352x736 0.5:352x704 0.52:352x672 0.57:384x672 0.6:384x640 0.68:416x608 0.72:416x576 0.78:448x576 0.82:448x544
            0.88:480x544 0.94:480x512 1.0:512x512 1.07:512x480 1.13:544x480 1.21:544x448 1.29:576x448 1.38:576x416 1.46:608x416
            1.67:640x384 1.75:672x384 2.0:704x352 2.09:736x352 2.4:768x320 2.5:800x320 2.89:832x288 3.0:864x288 3.11:896x288 3.62:928x256
            3.75:960x256 3.88:992x256 4.0:1024x256
        480p 409920 0.38:392x1046 0.43:420x980 0.48:444x925 0.50:452x904 0.53:466x880 0.54:470x870 0.56:480x854 0.62:506x810 0.67:522x784
            0.75:554x738 1.00:640x640 1.33:740x555 1.50:784x522 1.78:854x480 1.89:880x466 2.00:906x454 2.08:924x444
        720p 921600 0.38:588x1568 0.43:628x1466 0.48:666x1388 0.50:678x1356 0.53:698x1318 0.54:706x1306 0.56:720x1280 0.62:758x1212
            0.67:784x1176 0.75:832x1110 1.00:960x960 1.33:1108x832 1.50:1176x784 1.78:1280x720 1.89:1320x698 2.00:1358x680 2.08:1386x666
        1024 1048576 0.25:512x2048 0.26:512x1984 0.27:512x1920 0.28:512x1856 0.32:576x1792 0.33:576x1728 0.35:576x1664 0.4:640x1600
            0.42:640x1536 0.48:704x1472 0.5:704x1408 0.52:704x1344 0.57:768x1344 0.6:768x1280 0.68:832x1216 0.72:832x1152 0.78:896x1152
            0.82:896x1088 0.88:960x1088 0.94:960x1024 1.0:1024x1024 1.07:1024x960 1.13:1088x960 1.21:1088x896 1.29:1152x896 1.38:1152x832
            1.46:1216x832 1.67:1280x768 1.75:1344x768 2.0:1408x704 2.09:1472x704 2.4:1536x640 2.5:1600x640 2.89:1664x576 3.0:1728x576
            3.11:1792x576 3.62:1856x512 3.75:1920x512 3.88:1984x512 4.0:2048x512
        1080p 2073600 0.38:882x2352 0.43:942x2198 0.48:998x2080 0.50:1018x2036 0.53:1048x1980 0.54:1058x1958 0.56:1080x1920 0.62:1138x1820
            0.67:1176x1764 0.75:1248x1664 1.00:1440x1440 1.33:1662x1246 1.50:1764x1176 1.78:1920x1080 1.89:1980x1048 2.00:2036x1018
            2.08:2078x998
        4k 8294400 0.38:1764x4704 0.43:1886x4400 0.48:1996x4158 0.50:2036x4072 0.53:2096x3960 0.54:2118x3918 0.62:2276x3642 0.56:2160x3840
            0.67:2352x3528 0.75:2494x3326 1.00:2880x2880 1.33:3326x2494 1.50:3528x2352 1.78:3840x2160 1.89:3958x2096 2.00:4072x2036
            2.08:4156x1994
        """;

    // The demo page's choices; its labels say height/width.
    private const string DemoTables = """
        144p 16/9:256x144 9/16:144x256 4/3:221x165 3/4:165x221 1/1:192x192
        240p 16/9:426x240 9/16:240x426 4/3:370x278 3/4:278x370 1/1:320x320
        360p 16/9:640x360 9/16:360x640 4/3:554x416 3/4:416x554 1/1:480x480
        480p 16/9:854x480 9/16:480x854 4/3:740x555 3/4:555x740 1/1:640x640
        720p 16/9:1280x720 9/16:720x1280 4/3:1108x832 3/4:832x1110 1/1:960x960
        """;

    /// <summary>The resolutions by name, in the reference's order.</summary>
    public static IReadOnlyList<VideoResolution> All { get; } = Parse(Tables, hasPixels: true);

    /// <summary>The demo page's choices; its ratios read height:width, so that 16:9 is upright.</summary>
    public static IReadOnlyList<VideoResolution> DemoPage { get; } = Parse(DemoTables, hasPixels: false);

    /// <summary>A resolution by its name.</summary>
    /// <param name="name">For example <c>240p</c>.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static VideoResolution Named(string name)
        => All.FirstOrDefault(resolution => resolution.Name == name)
            ?? throw new ArgumentException($"resolution '{name}' is not known: use one of {string.Join(", ", All.Select(resolution => resolution.Name))}.", nameof(name));

    private static VideoResolution[] Parse(string tables, bool hasPixels)
    {
        var found = new List<(string Name, int Pixels, List<VideoAspect> Aspects)>();
        foreach (var line in tables.Split('\n'))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var first = 0;
            if (!words[0].Contains(':', StringComparison.Ordinal))
            {
                found.Add((words[0], hasPixels ? Number(words[1]) : 0, []));
                first = hasPixels ? 2 : 1;
            }

            foreach (var word in words.AsSpan(first))
            {
                var (colon, cross) = (word.IndexOf(':', StringComparison.Ordinal), word.IndexOf('x', StringComparison.Ordinal));
                found[^1].Aspects.Add(new VideoAspect(word[..colon].Replace('/', ':'), Number(word[(colon + 1)..cross]), Number(word[(cross + 1)..])));
            }
        }

        return [.. found.Select(entry => new VideoResolution(entry.Name, entry.Pixels, entry.Aspects))];
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
