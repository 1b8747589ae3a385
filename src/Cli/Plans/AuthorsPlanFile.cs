using System.Globalization;
using System.Text.Json;
using DiTFastAttn.Models;
using DiTFastAttn.Models.Weights;
using static DiTFastAttn.Models.Weights.Torch.PickleValue;

namespace DiTFastAttn.Cli.Plans;

/// <summary>
/// Reads the plans of others: that of the authors' code, a file of <c>torch.save</c> whatever its ending, a list of blocks <c>{"attn1": [method a step],
/// "attn2": …, "ff": …}</c>; and xDiT's JSON, <c>{"block0": {"step0": "FULL_ATTN", …}, …}</c>. Either structure is read from either format. A pickle goes through
/// the reader of weight files, which makes and calls nothing.
/// </summary>
internal static class AuthorsPlanFile
{
    // The largest of the paper's plans has some ten thousand cells; a few bytes of a pickle can claim any number.
    private const long MostCells = 1 << 20;
    private const long MostBytes = 64L << 20;

    /// <summary>Reads such a plan.</summary>
    /// <param name="path">The file.</param>
    /// <returns><see langword="null"/> where the file is something else, as a plan of our own is.</returns>
    /// <exception cref="FormatException">It is one of these formats and not a plan; the message says where.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static AuthorsPlan? Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
        Span<byte> start = stackalloc byte[4];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (TorchFile.IsMeant(start))
        {
            return new AuthorsPlan(path, Blocks(path, ReadPickle(stream, path)));
        }

        stream.Position = 0;
        return ReadJson(stream) is { } json ? new AuthorsPlan(path, Blocks(path, json)) : null;
    }

    private static object? ReadPickle(Stream stream, string path)
    {
        try
        {
            return TorchFile.ReadPlain(stream, path);
        }
        catch (WeightFileException error)
        {
            throw new FormatException($"plan '{path}': is no plan of the authors' code: {error.Message}", error);
        }
    }

    /// <summary>A list, or an object of blocks; nothing of other JSON, which our own reader is to judge.</summary>
    private static object? ReadJson(Stream stream)
    {
        if (stream.Length > MostBytes)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(stream);
            var root = document.RootElement.Clone();
            return root.ValueKind == JsonValueKind.Array || (root.ValueKind == JsonValueKind.Object && root.EnumerateObject().Select(field => field.Name).FirstOrDefault() is "block0" or "0")
                ? root
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static List<AuthorsBlock> Blocks(string path, object? root)
    {
        var blocks = Ordered(root, "block") ?? throw Refuse(path, "is no list of blocks: a list of {attn1, attn2, ff}, or block0, block1, … is right");
        var read = new List<AuthorsBlock>();
        foreach (var block in blocks)
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"block {read.Count}");
            read.Add(Block(path, place, block));
            if (read[^1].SelfAttention.Count is var steps && steps != read[0].SelfAttention.Count)
            {
                throw Refuse(path, $"{place} has {steps} steps, block 0 has {read[0].SelfAttention.Count}");
            }

            if ((long)blocks.Count * steps > MostCells)
            {
                throw Refuse(path, $"has {blocks.Count} blocks of {steps} steps; more than {MostCells} cells are no plan");
            }
        }

        return read.Count > 0 ? read : throw Refuse(path, "has no block");
    }

    private static AuthorsBlock Block(string path, string place, object? block)
    {
        if (Fields(block) is not { } fields || !fields.Any(field => field.Name is "attn1"))
        {
            return new AuthorsBlock(Methods(path, place, block, isFeedForward: false), null, null);
        }

        var parts = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in fields)
        {
            if (name is not ("attn1" or "attn2" or "ff") || !parts.TryAdd(name, value))
            {
                throw Refuse(path, $"{place} has '{name}'; attn1, attn2 and ff are known, each once");
            }
        }

        var selfAttention = Methods(path, $"{place}, attn1", parts["attn1"], isFeedForward: false);
        return new AuthorsBlock(selfAttention, Optional("attn2", isFeedForward: false), Optional("ff", isFeedForward: true));

        IReadOnlyList<string>? Optional(string name, bool isFeedForward)
        {
            if (!parts.TryGetValue(name, out var value) || value is null or JsonElement { ValueKind: JsonValueKind.Null })
            {
                return null;
            }

            var methods = Methods(path, $"{place}, {name}", value, isFeedForward);
            return methods.Count == selfAttention.Count ? methods : throw Refuse(path, $"{place} has {methods.Count} steps of {name} and {selfAttention.Count} of attn1");
        }
    }

    private static List<string> Methods(string path, string place, object? value, bool isFeedForward)
    {
        var steps = Ordered(value, "step") ?? throw Refuse(path, $"{place} is no list of methods, one a step");
        var methods = new List<string>(steps.Count);
        foreach (var step in steps)
        {
            var name = step as string ?? (step is JsonElement { ValueKind: JsonValueKind.String } text ? text.GetString() : null);

            // The authors share a feed-forward across the guidance halves under a name of its own.
            methods.Add((isFeedForward && name == "cfg_attn_share" ? "asc" : name is null ? null : AuthorsStrategies.Find(name)) ?? throw Refuse(
                path,
                $"{place}, step {methods.Count} is {(name is null ? "no text" : $"'{name}'")}; known are {string.Join(", ", AuthorsStrategies.Known)}"));
        }

        return methods.Count > 0 ? methods : throw Refuse(path, $"{place} has no step");
    }

    /// <summary>The items of a list, or the values of a dictionary whose keys count them: 0, 1, … with or without a word before.</summary>
    private static IReadOnlyList<object?>? Ordered(object? value, string word)
    {
        switch (value)
        {
            case Sequence { Kind: SequenceKind.List or SequenceKind.Tuple } sequence:
                return sequence.Items;
            case JsonElement { ValueKind: JsonValueKind.Array } array:
                return [.. array.EnumerateArray().Select(item => (object?)item)];
            default:
                return Fields(value) is { } fields && fields.Select((field, i) => field.Name == string.Create(CultureInfo.InvariantCulture, $"{i}") || field.Name == string.Create(CultureInfo.InvariantCulture, $"{word}{i}")).All(counts => counts)
                    ? [.. fields.Select(field => field.Value)]
                    : null;
        }
    }

    private static List<(string Name, object? Value)>? Fields(object? value) => value switch
    {
        Map map => [.. map.Items.Select(item => (item.Key.Text, item.Value))],
        JsonElement { ValueKind: JsonValueKind.Object } json => [.. json.EnumerateObject().Select(field => (field.Name, (object?)field.Value))],
        _ => null,
    };

    private static FormatException Refuse(string path, string what)
    {
        const int Longest = 1000;
        var line = string.Concat(what.Take(Longest).Select(c => char.IsControl(c) ? '?' : c));
        return new FormatException($"plan '{path}': {line}{(what.Length > Longest ? "…" : ".")}");
    }
}
