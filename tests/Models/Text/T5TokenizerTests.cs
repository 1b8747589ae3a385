using TorchSharp;

namespace DiTFastAttn.Models.Tests.Text;

public sealed class T5TokenizerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-t5-").FullName;

    public static TheoryData<string> Recorded => [.. Fixture.Names("t5.tokenize", "text").Where(name => !name.EndsWith("-raw", StringComparison.Ordinal))];

    private static SentencePieceProcessor Model => SentencePieceProcessor.Load(Path.Combine(Fixture.Root, "text", "sp-a.model"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Recorded_ids_are_met(string name)
    {
        using var fixture = new Fixture(name);
        var kind = fixture.Call.GetProperty("flavour").GetString() switch
        {
            "hf-slow-legacy" => T5TokenizerKind.SlowLegacy,
            "hf-slow-nonlegacy" => T5TokenizerKind.SlowNonLegacy,
            "hf-fast" => T5TokenizerKind.Fast,
            _ => T5TokenizerKind.Version5,
        };
        var tokenizer = new T5Tokenizer(Model, kind);
        foreach (var item in fixture.Json.GetProperty("out").GetProperty("items").EnumerateArray())
        {
            var text = item.GetProperty("text").GetString()!;
            tokenizer.Encode(text).ShouldBe(item.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32()), text);
            using var batch = tokenizer.EncodeBatch([text], fixture.Call.GetProperty("max_length").GetInt32());
            batch.Ids.data<long>().ToArray().ShouldBe(item.GetProperty("padded_input_ids").EnumerateArray().Select(id => id.GetInt64()), text);
            batch.Mask.data<long>().ToArray().ShouldBe(item.GetProperty("padded_attention_mask").EnumerateArray().Select(id => id.GetInt64()), text);
        }
    }

    [Theory]
    [InlineData(T5TokenizerKind.SlowLegacy)]
    [InlineData(T5TokenizerKind.SlowNonLegacy)]
    [InlineData(T5TokenizerKind.Fast)]
    [InlineData(T5TokenizerKind.Version5)]
    public void Every_text_ends_and_every_id_is_in_the_vocabulary(T5TokenizerKind kind)
    {
        var tokenizer = new T5Tokenizer(Model, kind);
        foreach (var text in new[] { "", " ", "\t\n", "▁", "😀👨‍👩‍👧", "\0\u0007\u001b\u0085", "e\u0301\u0302\u0303", "\uD800", "</s>", "<pad><unk>", "<extra_id_0", "<extra_id_99>  ", "<extra_id_00>", "<extra_id_100>", "<" })
        {
            var ids = tokenizer.Encode(text);
            ids[^1].ShouldBe(tokenizer.EndId, text);
            ids.ShouldAllBe(id => id >= 0 && id < tokenizer.VocabularySize, text);
            tokenizer.Encode(text).Select(tokenizer.PieceOf).ShouldAllBe(piece => piece.Length > 0);
        }

        tokenizer.Encode("").ShouldBe([tokenizer.EndId]);
    }

    [Fact]
    public void An_end_token_in_the_text_is_its_end_but_for_the_rust_tokenizers()
    {
        new T5Tokenizer(Model).Encode("hello</s>").Count(id => id == 1).ShouldBe(1);
        new T5Tokenizer(Model, T5TokenizerKind.Fast).Encode("hello</s>").Count(id => id == 1).ShouldBe(2);
    }

    [Fact]
    public void Sentinels_count_down_and_swallow_the_spaces_around_them()
    {
        var tokenizer = new T5Tokenizer(Model);
        tokenizer.Encode("<extra_id_0>").ShouldBe([960, 1]);
        tokenizer.Encode(" <extra_id_99> ").ShouldBe([861, 1]);
        tokenizer.PieceOf(861).ShouldBe("<extra_id_99>");
        new T5Tokenizer(Model, extraIds: 0).Encode("<extra_id_0>").Count.ShouldBeGreaterThan(2);
    }

    [Fact]
    public void A_prompt_of_ten_thousand_characters_is_cut_off_with_a_warning()
    {
        var tokenizer = new T5Tokenizer(Model);
        var prompt = string.Concat(Enumerable.Repeat("a small red boat drifts along the quiet river ", 1 + (10_000 / 46)))[..10_000];
        using var batch = tokenizer.EncodeBatch(["short", prompt], 300);
        batch.Ids.shape.ShouldBe([2, 300]);
        batch.Ids[1, 299].item<long>().ShouldBe(tokenizer.EndId);
        batch.Mask[1].sum().item<long>().ShouldBe(300);
        var warning = batch.Warnings.ShouldHaveSingleItem();
        warning.ShouldStartWith("the prompt \"a small red boat dri…\" has ");
        warning.ShouldContain("of which the first 300 are used; left out: \"");
        warning.ShouldNotContain("\n");
        warning.Length.ShouldBeLessThan(160);
    }

    [Fact]
    public void A_prompt_that_just_fits_is_not_warned_of()
    {
        var tokenizer = new T5Tokenizer(Model);
        var ids = tokenizer.Encode("a small red boat");
        using var fits = tokenizer.EncodeBatch(["a small red boat", "a small red boat</s>"], ids.Count);
        fits.Warnings.ShouldBeEmpty();
        fits.Ids[0].data<long>().ToArray().ShouldBe(ids.Select(id => (long)id));
        using var one = tokenizer.EncodeBatch(["a small red boat"], 1);
        one.Ids.data<long>().ToArray().ShouldBe([1]);
        one.Warnings.Count.ShouldBe(1);
    }

    [Fact]
    public void A_folder_says_which_tokenizer_it_is()
    {
        Should.Throw<TokenizerFileException>(() => T5Tokenizer.Load(_folder)).Message.ShouldContain("spiece.model': the folder has no such file");
        Should.Throw<TokenizerFileException>(() => T5Tokenizer.Load(Path.Combine(_folder, "none"))).Message.ShouldContain("there is no such folder");
        File.Copy(Path.Combine(Fixture.Root, "text", "sp-a.model"), Path.Combine(_folder, "spiece.model"));
        T5Tokenizer.Load(_folder).Kind.ShouldBe(T5TokenizerKind.SlowLegacy);
        var config = Path.Combine(_folder, "tokenizer_config.json");
        File.WriteAllText(config, "{\"legacy\": false, \"extra_ids\": 5}");
        T5Tokenizer.Load(_folder).Kind.ShouldBe(T5TokenizerKind.SlowNonLegacy);
        T5Tokenizer.Load(_folder).ExtraIds.ShouldBe(5);
        T5Tokenizer.Load(_folder, T5TokenizerKind.Fast).Kind.ShouldBe(T5TokenizerKind.Fast);
        File.WriteAllText(config, "{\"legacy\": 7}");
        Should.Throw<TokenizerFileException>(() => T5Tokenizer.Load(_folder)).Message.ShouldContain("legacy is 7; it has to be true or false");
        File.WriteAllText(config, "{\"extra_ids\": -1}");
        Should.Throw<TokenizerFileException>(() => T5Tokenizer.Load(_folder)).Message.ShouldContain("extra_ids is -1; it has to be 0 to 65536");
    }
}
