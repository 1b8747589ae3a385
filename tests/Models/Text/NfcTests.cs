using DiTFastAttn.Models.Text.Unicode;

namespace DiTFastAttn.Models.Tests.Text;

public sealed class NfcTests
{
    [Theory]
    [InlineData("e\u0301", "é")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u1100\u1161\u11A8\uAC00", "각가")]
    [InlineData("\u212B\u2126", "ÅΩ")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("a\u0300\u0301\u0315\u0300", "à\u0301\u0300\u0315")]
    [InlineData("\uD800e\u0301", "\uD800é")]
    public void Normalisation_needs_no_library_of_the_machine(string text, string expected) => Nfc.Normalize(text).ShouldBe(expected);

    [Fact]
    public void Normalising_again_changes_nothing()
    {
        var random = new Random(3);
        for (var run = 0; run < 2000; run++)
        {
            var text = string.Concat(Enumerable.Range(0, 12).Select(_ => (char)random.Next(0x20, 0xD800)).Zip(Enumerable.Range(0, 12).Select(_ => (char)random.Next(0x300, 0x36F)), (a, b) => $"{a}{b}"));
            var once = Nfc.Normalize(text);
            Nfc.Normalize(once).ShouldBe(once);
        }
    }
}
