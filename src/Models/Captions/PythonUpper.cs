namespace DiTFastAttn.Models.Captions;

/// <summary>Python's <c>str.upper</c>, as far as named characters go: Unicode's full mapping, which .NET has but for what becomes several letters or leaves its script.</summary>
internal static class PythonUpper
{
    public static string Of(string text) => string.Concat(text.EnumerateRunes().Select(rune => rune.Value switch
    {
        'ß' => "SS",
        'ŉ' => "ʼN",
        'ﬀ' => "FF",
        'ﬁ' => "FI",
        'ﬂ' => "FL",
        'ﬃ' => "FFI",
        'ﬄ' => "FFL",
        'ı' => "I",
        'µ' => "Μ",
        _ => System.Text.Rune.ToUpperInvariant(rune).ToString(),
    }));
}
