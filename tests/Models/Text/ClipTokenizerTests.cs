using TorchSharp;

namespace DiTFastAttn.Models.Tests.Text;

public sealed class ClipTokenizerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-clip-").FullName;

    public static TheoryData<string> Recorded => Fixture.Named("clip.tokenize", "text");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Recorded_ids_are_met(string name)
    {
        using var fixture = new Fixture(name);
        var tokenizer = Load(fixture.Call.GetProperty("flavour").GetString() switch
        {
            "hf-fast" => ClipTokenizerKind.Fast,
            "hf-slow-ftfy" => ClipTokenizerKind.SlowFtfy,
            "hf-slow-no-ftfy" => ClipTokenizerKind.SlowNoFtfy,
            _ => ClipTokenizerKind.Version5,
        });
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
    [InlineData(ClipTokenizerKind.Fast)]
    [InlineData(ClipTokenizerKind.SlowFtfy)]
    [InlineData(ClipTokenizerKind.SlowNoFtfy)]
    [InlineData(ClipTokenizerKind.Version5)]
    public void Every_text_is_between_its_two_tokens(ClipTokenizerKind kind)
    {
        var tokenizer = Load(kind);
        foreach (var text in new[] { "", " ", "\0\u0001", "😀👨‍👩‍👧", "e\u0301\u0302\u0303", "\uD800x", "<|endoftext|", "'", "''''s", "\u2028", new string('x', 20_000) })
        {
            var ids = tokenizer.Encode(text);
            (ids[0], ids[^1]).ShouldBe((tokenizer.StartId, tokenizer.EndId));
            ids.Select(tokenizer.NameOf).ShouldAllBe(name => name.Length > 0);
        }

        tokenizer.Encode("").ShouldBe([tokenizer.StartId, tokenizer.EndId]);
    }

    [Fact]
    public void A_prompt_of_ten_thousand_characters_is_cut_off_with_a_warning_and_keeps_its_end()
    {
        var tokenizer = Load(ClipTokenizerKind.Fast);
        using var batch = tokenizer.EncodeBatch(["a cat", string.Concat(Enumerable.Repeat("a small red boat ", 600))[..10_000]], 77);
        batch.Ids[1, 76].item<long>().ShouldBe(tokenizer.EndId);
        batch.Ids[1, 0].item<long>().ShouldBe(tokenizer.StartId);
        var warning = batch.Warnings.ShouldHaveSingleItem();
        warning.ShouldStartWith("the prompt \"a small red boat a s…\" has ");
        warning.ShouldContain("of which the first 77 are used; left out: \"");
        warning.ShouldContain("boat");
    }

    [Fact]
    public void Words_can_be_read_back()
        => Load(ClipTokenizerKind.Fast).Decode(Load(ClipTokenizerKind.Fast).Encode("A café, 😀 山!")).ShouldBe("a café , 😀 山 !");

    [Theory]
    [InlineData("", "a b", "vocab.json': it is not JSON")]
    [InlineData("[1]", "a b", "it is no JSON object of tokens and their ids")]
    [InlineData("{\"a\": -1}", "a b", "token 'a' has an id that is no number from 0 to 1048575")]
    [InlineData("{\"a\": \"x\"}", "a b", "token 'a' has an id")]
    [InlineData("{\"a\": 1, \"a\": 2}", "a b", "token 'a' is there twice")]
    [InlineData("{\"a\": 1, \"b\": 2}", "a b", "line 2 has the token 'ab', which the vocabulary lacks")]
    [InlineData("{\"a\": 1, \"b\": 2, \"ab\": 3}", "a b c", "line 2 has 3 tokens")]
    [InlineData("{\"a\": 1, \"b\": 2, \"ab\": 3}", "a b", "it has no token '<|startoftext|>'")]
    [InlineData("{\"a\": [[[[[[1]]]]]]}", "a b", "it is not JSON")]
    [InlineData("{\"\\ud800\": 1}", "a b", "tokenizer '")]
    public void Damaged_files_are_refused_in_one_line(string vocabulary, string merge, string reason)
    {
        File.WriteAllText(Path.Combine(_folder, "vocab.json"), vocabulary);
        File.WriteAllText(Path.Combine(_folder, "merges.txt"), "#version: 0.2\n" + merge + "\n");
        var message = Should.Throw<TokenizerFileException>(() => ClipTokenizer.Load(_folder)).Message;
        message.ShouldContain(reason);
        message.ShouldNotContain("\n");
    }

    [Fact]
    public void A_missing_file_is_named()
        => Should.Throw<TokenizerFileException>(() => ClipTokenizer.Load(_folder)).Message.ShouldContain("vocab.json': cannot be read");

    [Fact]
    public void Mutated_vocabularies_are_read_or_refused()
    {
        TinyClip.WriteTokenizer(_folder);
        var random = new Random(77);
        foreach (var file in new[] { "vocab.json", "merges.txt" })
        {
            var path = Path.Combine(_folder, file);
            var original = File.ReadAllBytes(path);
            for (var run = 0; run < 300; run++)
            {
                var bytes = original.ToArray();
                for (var edits = random.Next(1, 4); edits > 0; edits--)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }

                File.WriteAllBytes(path, random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
                try
                {
                    ClipTokenizer.Load(_folder).Encode("a photo of the red sea").Count.ShouldBeGreaterThan(2);
                }
                catch (TokenizerFileException error)
                {
                    error.Message.ShouldNotContain("\n");
                }
            }

            File.WriteAllBytes(path, original);
        }
    }

    private static ClipTokenizer Load(ClipTokenizerKind kind)
        => ClipTokenizer.Load(Path.Combine(Fixture.Root, "text", "bpe-a.vocab"), Path.Combine(Fixture.Root, "text", "bpe-a.merges"), kind);
}
