using System.Text;
using DiTFastAttn.Models.Text.SentencePiece;

namespace DiTFastAttn.Models.Tests.Text;

public sealed class SentencePieceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-sp-").FullName;

    public static TheoryData<string> Recorded => [.. Fixture.Names("t5.tokenize", "text").Where(name => name.EndsWith("-raw", StringComparison.Ordinal))];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Recorded_texts_are_normalised_cut_and_put_together(string name)
    {
        using var fixture = new Fixture(name);
        var processor = Load(fixture.Json.GetProperty("files").GetProperty("model").GetString()!);
        foreach (var item in fixture.Json.GetProperty("out").GetProperty("items").EnumerateArray())
        {
            var text = item.GetProperty("text").GetString()!;
            var tokens = processor.Encode(text);
            processor.Normalize(text).ShouldBe(item.GetProperty("normalized").GetString(), text);
            tokens.Select(t => t.Id).ShouldBe(item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()), text);
            tokens.Select(t => t.Text).ShouldBe(item.GetProperty("surface_pieces").EnumerateArray().Select(p => p.GetString()!), text);
            processor.Decode(tokens.Select(t => t.Id)).ShouldBe(item.GetProperty("decoded").GetString(), text);
        }
    }

    [Theory]
    [InlineData("sp-a.model")]
    [InlineData("sp-b.model")]
    [InlineData("sp-f.model")]
    public void A_long_text_takes_time_in_proportion(string model)
    {
        var processor = Load(model);
        var text = string.Concat(Enumerable.Repeat("a small red boat drifts along the quiet river, 😀 山 ", 4000));
        var tokens = processor.Encode(text);
        string.Concat(tokens.Where(t => t.Text is not ['<', ..]).Select(t => t.Text)).Length.ShouldBeGreaterThan(4000 * 40);
    }

    [Fact]
    public void A_lone_half_of_a_surrogate_pair_is_a_replacement_character()
        => Load("sp-f.model").Encode("a\uD83Db").ShouldBe(Load("sp-f.model").Encode("a\uFFFDb"));

    [Fact]
    public void Bytes_that_are_no_text_are_replaced_one_by_one()
    {
        var processor = Load("sp-f.model");
        int[] Bytes(params string[] names) => [.. names.Select(processor.IdOf)];
        processor.Decode(Bytes("<0xF0>", "<0x9F>", "<0x98>", "<0x80>")).ShouldBe("😀");
        processor.Decode(Bytes("<0xF0>", "<0x9F>", "<0x98>", "<0x41>")).ShouldBe("\uFFFD\uFFFD\uFFFDA");
        Should.Throw<ArgumentOutOfRangeException>(() => processor.Decode([processor.PieceCount]));
        Should.Throw<ArgumentOutOfRangeException>(() => processor.Decode([-1]));
    }

    [Fact]
    public void Pieces_that_are_only_a_step_are_taken_apart_again()
    {
        var processor = Build(SegmentationType.Bpe, ("<unk>", 0, PieceType.Unknown), ("▁", -9, PieceType.Normal), ("a", -9, PieceType.Normal), ("b", -9, PieceType.Normal), ("ab", -1, PieceType.Unused), ("aba", -2, PieceType.Normal));
        processor.Encode("ab").Select(t => t.Text).ShouldBe(["▁", "a", "b"]);
        processor.Encode("aba").Select(t => t.Text).ShouldBe(["▁", "aba"]);
        Build(SegmentationType.Unigram, ("<unk>", 0, PieceType.Unknown), ("▁", -9, PieceType.Normal), ("a", -9, PieceType.Normal), ("b", -9, PieceType.Normal), ("ab", -1, PieceType.Unused))
            .Encode("ab").Select(t => t.Text).ShouldBe(["▁", "a", "b"]);
    }

    [Fact]
    public void Words_and_characters_can_be_the_pieces()
    {
        (string, float, PieceType)[] pieces = [("<unk>", 0, PieceType.Unknown), ("▁red", -1, PieceType.Normal), ("▁", -1, PieceType.Normal), ("r", -1, PieceType.Normal), ("ed", -1, PieceType.UserDefined)];
        Build(SegmentationType.Word, pieces).Encode("red  boat red").Select(t => (t.Id, t.Text)).ShouldBe([(1, "▁red"), (0, "▁boat"), (1, "▁red")]);
        Build(SegmentationType.Char, pieces).Encode("red x").Select(t => (t.Id, t.Text)).ShouldBe([(2, "▁"), (3, "r"), (4, "ed"), (2, "▁"), (0, "x")]);
    }

    [Fact]
    public void What_is_no_model_is_refused_in_one_line()
    {
        Refuses([], "none of its 0 pieces is the unknown one");
        Refuses(Encoding.UTF8.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:00"), "wire type");
        Refuses(Message((1, Piece("a", 0, PieceType.Normal))), "none of its 1 pieces is the unknown one");
        Refuses(Message((1, Piece("<unk>", 0, PieceType.Unknown)), (1, Piece("<u>", 0, PieceType.Unknown))), "pieces 0 and 1 are both the unknown one");
        Refuses(Message((1, Piece("<unk>", 0, PieceType.Unknown)), (1, Piece("a", 0, PieceType.Normal)), (1, Piece("a", 0, PieceType.UserDefined))), "pieces 1 and 2, 'a', are equal");
        Refuses(Message((1, Piece("<unk>", 0, PieceType.Unknown)), (1, Piece("x", 0, PieceType.Control)), (1, Piece("x", 0, PieceType.Control))), "piece 2, 'x', is there twice");
        Refuses(Message((1, Piece("", 0, PieceType.Normal))), "piece 0 has 0 bytes");
        Refuses(Message((1, Piece(new string('x', 1025), 0, PieceType.Normal))), "piece 0 has 1025 bytes");
        Refuses(Message((1, Piece("a", float.NaN, PieceType.Normal))), "the score of piece 0 is no finite number");
        Refuses(Message((1, Piece("a", 0, (PieceType)7))), "piece 0 is of type 7");
        Refuses(Message((1, Piece("<unk>", 0, PieceType.Unknown)), (1, Piece("<0x41>", 0, PieceType.Byte))), "byte_fallback is off");
        Refuses(Message((2, [0x98, 0x02, 1]), (1, Piece("<unk>", 0, PieceType.Unknown)), (1, Piece("<0x41>", 0, PieceType.Byte))), "there is no piece <0x00>");
        Refuses(Message((2, [0x98, 0x02, 1]), (1, Piece("<0x4g>", 0, PieceType.Byte))), "reads '<0x4g>'");
        Refuses(Message((2, [0x18, 9])), "the model is of type 9");
        Refuses(Message((1, Piece("<unk>", 0, PieceType.Unknown)), (3, [0x12, 4, 255, 0, 0, 0])), "says that 255 of them are units");
        Refuses(Message((1, Piece("<unk>", 0, PieceType.Unknown)), (3, LongReplacement())), "a replacement in its table has 1025 bytes");
        Refuses([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], "of which 0 are there");
        Refuses([0x0B], "wire type 3");
        Should.Throw<TokenizerFileException>(() => SentencePieceProcessor.Load(Path.Combine(_folder, "none"))).Message.ShouldContain("cannot be read");
        Should.Throw<TokenizerFileException>(() => SentencePieceProcessor.Load(_folder)).Message.ShouldStartWith($"tokenizer '{_folder}': ");
    }

    /// <summary>Whatever stands in a file: it is read or refused, in memory and time in proportion to it.</summary>
    [Theory]
    [InlineData("sp-f.model", 3000)]
    [InlineData("sp-b.model", 300)]
    public void Mutated_files_are_read_or_refused(string model, int runs)
    {
        var original = File.ReadAllBytes(Path.Combine(Fixture.Root, "text", model));
        var random = new Random(20240608);
        var refused = 0;
        for (var run = 0; run < runs; run++)
        {
            var bytes = Mutate(original, random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var processor = SentencePieceProcessor.Parse(bytes, "mutated");
                var ids = processor.Encode("A small café, 4:3 <sep> 山 😀 ﷺ ½ q̣̇ \0\u200d").Select(t => t.Id).ToList();
                ids.ShouldAllBe(id => id >= 0 && id < processor.PieceCount);
                _ = processor.Decode(ids);
            }
            catch (TokenizerFileException error)
            {
                refused++;
                error.Message.ShouldStartWith("tokenizer 'mutated': ");
                error.Message.ShouldNotContain("\n");
                error.Message.Length.ShouldBeLessThan(520);
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan((40L * bytes.Length) + (1 << 20), $"run {run}");
        }

        refused.ShouldBeInRange(runs / 10, runs * 9 / 10);
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            // The interesting parts, pieces' headers and the two specifications, are at the beginning and at the end.
            var at = random.Next(8) switch
            {
                0 => random.Next(Math.Min(200, bytes.Count)),
                1 => bytes.Count - 1 - random.Next(Math.Min(60, bytes.Count)),
                _ => random.Next(bytes.Count),
            };
            switch (random.Next(12))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)));
                    break;
                case 4:
                    bytes.InsertRange(at, [0xFF, 0xFF, 0xFF, 0xFF, (byte)random.Next(16)]);
                    break;
                default:
                    bytes[at] = (byte)(bytes[at] + random.Next(-2, 3));
                    break;
            }

            if (bytes.Count == 0)
            {
                return [];
            }
        }

        return random.Next(10) == 0 ? [.. bytes.Take(random.Next(bytes.Count))] : [.. bytes];
    }

    private static SentencePieceProcessor Load(string model) => SentencePieceProcessor.Load(Path.Combine(Fixture.Root, "text", model));

    private static SentencePieceProcessor Build(SegmentationType type, params (string Text, float Score, PieceType Type)[] pieces)
        => SentencePieceProcessor.Parse(Message([(2, [0x18, (byte)type]), .. pieces.Select(p => (1, Piece(p.Text, p.Score, p.Type)))]), "built");

    private static void Refuses(byte[] bytes, string reason)
    {
        var message = Should.Throw<TokenizerFileException>(() => SentencePieceProcessor.Parse(bytes, "bad")).Message;
        message.ShouldStartWith("tokenizer 'bad': no sound SentencePiece model: ");
        message.ShouldContain(reason);
        message.ShouldNotContain("\n");
    }

    private static byte[] LongReplacement()
    {
        byte[] table = [4, 0, 0, 0, 0, 0, 0, 0, .. Enumerable.Repeat((byte)'x', 1025)];
        return [0x12, (byte)((table.Length & 0x7F) | 0x80), (byte)(table.Length >> 7), .. table];
    }

    private static byte[] Piece(string text, float score, PieceType type)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [0x0A, (byte)((bytes.Length & 0x7F) | 0x80), (byte)(bytes.Length >> 7), .. bytes, 0x15, .. BitConverter.GetBytes(score), 0x18, (byte)type];
    }

    private static byte[] Message(params (int Field, byte[] Content)[] fields)
        => [.. fields.SelectMany(f => (byte[])[(byte)((f.Field << 3) | 2), (byte)((f.Content.Length & 0x7F) | 0x80), (byte)(f.Content.Length >> 7), .. f.Content])];
}
