namespace DiTFastAttn.Models.Tests;

public sealed class PixArtCaptionTests
{
    [Theory]
    [InlineData("cafe\u0301", "caf\u00e9")]
    [InlineData("\u1112\u1161\u11ab", "\ud55c")]
    [InlineData("A\ufb01re", "afire")]
    public void Characters_are_composed_where_the_program_has_no_culture_too(string prompt, string expected)
        => PixArtCaption.Prepare(prompt).ShouldBe(expected);
}
