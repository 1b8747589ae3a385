using System.Text;
using System.Text.Json;

namespace DiTFastAttn.Models.Weights;

/// <summary>Reads <c>*.index.json</c>: which tensor is in which file of the same folder.</summary>
internal static class ShardIndex
{
    private const int MaxBytes = 64 << 20;
    private const int MaxDepth = 16;

    /// <summary>The shards by file name, each with its tensors, both in the order of the index.</summary>
    /// <exception cref="WeightFileException">It is no index, or it names files that it may not.</exception>
    public static OrderedDictionary<string, List<string>> Read(string path)
    {
        byte[] json;
        using (var stream = WeightStream.Open(path))
        {
            if (stream.Length > MaxBytes)
            {
                throw WeightFileException.About(path, $"is an index of {stream.Length} bytes; at most {MaxBytes} are allowed");
            }

            json = new byte[stream.Length];
            stream.ReadExactly(json);
        }

        return Parse(path, json);
    }

    public static OrderedDictionary<string, List<string>> Parse(string path, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("weight_map", out var map)
                || map.ValueKind != JsonValueKind.Object)
            {
                throw WeightFileException.About(path, "has no object 'weight_map', which says the file of each tensor");
            }

            return Read(path, map);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw WeightFileException.About(path, "is no JSON that an index could be", error);
        }
    }

    private static OrderedDictionary<string, List<string>> Read(string path, JsonElement map)
    {
        var shards = new OrderedDictionary<string, List<string>>(StringComparer.Ordinal);
        var tensors = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in map.EnumerateObject())
        {
            if (!tensors.Add(entry.Name))
            {
                throw WeightFileException.About(path, $"names tensor '{entry.Name}' twice");
            }

            if (entry.Value.ValueKind != JsonValueKind.String)
            {
                throw WeightFileException.About(path, $"has no file name for tensor '{entry.Name}' but {Kind(entry.Value)}");
            }

            var shard = entry.Value.GetString()!;
            CheckName(path, shard);
            if (!shards.TryGetValue(shard, out var inShard))
            {
                shards.Add(shard, inShard = []);
            }

            inShard.Add(entry.Name);
        }

        return shards;
    }

    /// <summary>A shard lies beside its index: nothing that could lead elsewhere is a name for one.</summary>
    private static void CheckName(string path, string shard)
    {
        if (shard.Length == 0 || shard.AsSpan().ContainsAny("/\\:\0") || shard.Contains("..", StringComparison.Ordinal)
            || shard == "." || shard.Any(char.IsControl))
        {
            throw WeightFileException.About(path, $"names the shard '{shard}'; shards are plain file names in the folder of their index");
        }

        if (shard.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            throw WeightFileException.About(path, $"names the shard '{shard}', which is an index itself; shards are weight files");
        }
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };
}
