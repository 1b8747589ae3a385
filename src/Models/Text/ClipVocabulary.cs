using System.Globalization;
using System.Text.Json;

namespace DiTFastAttn.Models.Text;

/// <summary>What <c>vocab.json</c> and <c>merges.txt</c> say: the id of every token, and which two become which, in order.</summary>
internal sealed class ClipVocabulary
{
    private const long LargestFile = 64L << 20;
    private const int MostTokens = 1 << 20;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges = [];

    private ClipVocabulary()
    {
    }

    public IReadOnlyDictionary<string, int> Ids => _ids;

    public static ClipVocabulary Load(string vocabularyPath, string mergesPath)
    {
        var result = new ClipVocabulary();
        result.ReadVocabulary(Read(vocabularyPath), vocabularyPath);
        result.ReadMerges(Read(mergesPath), mergesPath);
        return result;
    }

    /// <summary>The id of a token that has to be there.</summary>
    public int Required(string token, string path)
        => _ids.TryGetValue(token, out var id) ? id : throw TokenizerFileException.About(path, $"it has no token '{token}', which CLIP's has");

    /// <summary>The rank of a merge and what it gives, or <see langword="null"/>.</summary>
    public (int Rank, int Merged)? Merge(int left, int right) => _merges.TryGetValue((left, right), out var merge) ? merge : null;

    private static string Read(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            return length <= LargestFile
                ? File.ReadAllText(path)
                : throw TokenizerFileException.About(path, $"it has {length} bytes; at most {LargestFile} are read");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw TokenizerFileException.About(path, $"cannot be read: {(Directory.Exists(path) ? "it is a folder" : error.Message.TrimEnd('.'))}", error);
        }
    }

    private void ReadVocabulary(string json, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 4 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw TokenizerFileException.About(path, "it is no JSON object of tokens and their ids");
            }

            foreach (var token in document.RootElement.EnumerateObject())
            {
                if (token.Value.ValueKind != JsonValueKind.Number || !token.Value.TryGetInt32(out var id) || id is < 0 or >= MostTokens)
                {
                    throw TokenizerFileException.About(path, $"token '{token.Name}' has an id that is no number from 0 to {MostTokens - 1}");
                }

                if (!_ids.TryAdd(token.Name, id))
                {
                    throw TokenizerFileException.About(path, $"token '{token.Name}' is there twice");
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw TokenizerFileException.About(path, "it is not JSON", error);
        }
    }

    private void ReadMerges(string text, string path)
    {
        var line = 0;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            // The first line says the version.
            var merge = text.AsSpan(range).Trim();
            if (line++ == 0 || merge.IsEmpty)
            {
                continue;
            }

            var parts = merge.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (parts is not [var left, var right])
            {
                throw TokenizerFileException.About(path, string.Create(CultureInfo.InvariantCulture, $"line {line} has {parts.Length} tokens; two that become one are needed"));
            }

            _ = _merges.TryAdd((Known(left), Known(right)), (_merges.Count, Known(left + right)));
        }

        int Known(string token) => _ids.TryGetValue(token, out var id)
            ? id
            : throw TokenizerFileException.About(path, string.Create(CultureInfo.InvariantCulture, $"line {line} has the token '{token}', which the vocabulary lacks"));
    }
}
