using System.Text;
using System.Text.Json;
using DiTFastAttn.Models.DiT;
using DiTFastAttn.Models.OpenSora;
using DiTFastAttn.Models.PixArt;
using DiTFastAttn.Models.Schedulers;
using DiTFastAttn.Models.Text;
using DiTFastAttn.Models.Vae;

namespace DiTFastAttn.Models.Tests;

/// <summary>Damaged tokenizer models and configs end in a refusal or in something that works.</summary>
public sealed class TextFuzzTests
{
    private const int Readers = 2;

    [Fact]
    public void Damaged_sentencepiece_models() => Fuzz.Run<TokenizerFileException>(
        [.. Directory.GetFiles(Path.Combine(Fixture.Root, "text"), "*.model").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)],
        input =>
        {
            var model = SentencePieceProcessor.Parse(input, "fuzz");
            var tokens = model.Encode("A small cactus, 2 metres; Ⅷ ﬁve …");
            model.Decode(tokens.Select(token => token.Id)).Length.ShouldBeGreaterThanOrEqualTo(0);
        },
        Readers);

    [Fact]
    public void Damaged_configs() => Fuzz.Run<FormatException>(
        Configs(),
        input =>
        {
            try
            {
                ReadConfig(input);
            }
            catch (ArgumentException refusal) when (refusal.GetType() == typeof(ArgumentException))
            {
                // Sound JSON of sizes that fit no model.
                throw new FormatException(refusal.Message, refusal);
            }
        },
        Readers);

    private static void ReadConfig(byte[] input)
    {
        // The first byte says whose reader gets the text.
        var text = Encoding.UTF8.GetString(input.AsSpan(Math.Min(1, input.Length)));
        switch (input.Length == 0 ? 0 : input[0])
        {
            case (byte)'m':
                MetaDiTConfig.Parse(text);
                break;
            case (byte)'d':
                DiffusersDiTConfig.Parse(text);
                break;
            case (byte)'p':
                PixArtTransformerConfig.Parse(text);
                break;
            case (byte)'v':
                AutoencoderKLConfig.Parse(text);
                break;
            case (byte)'t':
                T5Config.Parse(text);
                break;
            case (byte)'c':
                ClipConfig.Parse(text);
                break;
            case (byte)'o':
                STDiTConfig.Parse(text);
                break;
            default:
                SchedulerConfig.Parse(text);
                break;
        }
    }

    // Every object named config, or something with it, in the recorded cases.
    private static List<byte[]> Configs()
    {
        var configs = new List<byte[]>();
        foreach (var (area, readers) in new[] { ("dit", "md"), ("pixart", "p"), ("vae", "v"), ("text", "tc"), ("opensora", "o"), ("schedulers", "s") })
        {
            foreach (var file in Directory.GetFiles(Path.Combine(Fixture.Root, area), "*.json").Order(StringComparer.Ordinal))
            {
                using var document = JsonDocument.Parse(File.ReadAllText(file));
                Collect(document.RootElement, readers, configs);
            }
        }

        return configs;
    }

    private static void Collect(JsonElement element, string readers, List<byte[]> configs)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var field in element.EnumerateObject())
        {
            if (field.Value.ValueKind == JsonValueKind.Object && field.Name.Contains("config", StringComparison.OrdinalIgnoreCase))
            {
                configs.AddRange(readers.Select(reader => Encoding.UTF8.GetBytes(reader + field.Value.GetRawText())));
            }

            Collect(field.Value, readers, configs);
        }
    }
}
