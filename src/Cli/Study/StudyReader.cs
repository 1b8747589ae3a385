using System.Text.Json;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Study;

/// <summary>Reads a study's file; what is wrong is said with its place, its value and what would be right.</summary>
internal sealed class StudyReader
{
    private static readonly string[] Fields =
    [
        "model", "components", "input_size", "dtype", "steps", "guidance_scale", "seed", "window", "labels", "prompts", "negative_prompt", "pictures", "batch",
        "calibration", "loss", "rounds", "inception", "real", "clip", "parts",
    ];

    private readonly string _file;

    private StudyReader(string file) => _file = file;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UserErrorException">It is no study.</exception>
    public static StudySettings Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(
                File.ReadAllText(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return new StudyReader(path).Study(document.RootElement);
        }
        catch (JsonException error)
        {
            throw new UserErrorException(Invariant($"{path}: it is not JSON (line {error.LineNumber + 1}, place {error.BytePositionInLine + 1}); give a study, as docs/evaluation.md describes it."), error);
        }
    }

    /// <summary>Reads a study that is not in a file.</summary>
    /// <param name="study">The study.</param>
    /// <param name="source">What messages call the place it is from.</param>
    /// <exception cref="UserErrorException">It is no study.</exception>
    public static StudySettings Read(JsonElement study, string source) => new StudyReader(source).Study(study);

    private StudySettings Study(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("", root, "a study is an object with the field 'parts'");
        }

        var fields = FieldsOf(root, "", Fields, "a study");
        var defaults = new StudySettings { Parts = [] };
        if (!fields.TryGetValue("parts", out var parts))
        {
            throw new UserErrorException($"{_file}: parts: is missing; give at least one of {string.Join(", ", StudyParts.All)}.");
        }

        var study = new StudySettings
        {
            Model = Text(fields, "model") ?? defaults.Model,
            Components = Text(fields, "components"),
            InputSize = Integer(fields, "input_size", 1, 4096),
            Dtype = Choice(fields, "dtype", "float32", "bfloat16", "float16"),
            Steps = Integer(fields, "steps", 2, 1000),
            GuidanceScale = fields.TryGetValue("guidance_scale", out var scale) ? Number(scale, "guidance_scale", value => value >= 0, "a number of at least 0") : null,
            Seed = Integer(fields, "seed", 0, int.MaxValue) ?? defaults.Seed,
            Window = Window(fields) ?? defaults.Window,
            Labels = fields.TryGetValue("labels", out var labels) ? List(labels, "labels", (item, name) => Integer(item, name, 0, int.MaxValue), distinct: false) : null,
            Prompts = fields.TryGetValue("prompts", out var prompts) ? List(prompts, "prompts", Text, distinct: false) : null,
            NegativePrompt = fields.TryGetValue("negative_prompt", out var negative) ? Text(negative, "negative_prompt", mayBeEmpty: true) : defaults.NegativePrompt,
            Pictures = Integer(fields, "pictures", 1, 1_000_000) ?? defaults.Pictures,
            Batch = Integer(fields, "batch", 1, 4096) ?? defaults.Batch,
            Calibration = Integer(fields, "calibration", 1, 4096) ?? defaults.Calibration,
            Loss = Choice(fields, "loss", [.. Hosting.Search.PlanLoss.All.Select(loss => loss.Name)]) ?? defaults.Loss,
            Rounds = Integer(fields, "rounds", 0, 1000) ?? defaults.Rounds,
            Inception = Text(fields, "inception"),
            Real = Text(fields, "real"),
            Clip = Text(fields, "clip"),
            Parts = List(parts, "parts", Part, distinct: false),
        };
        if (study.Parts.GroupBy(part => part.Part, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new UserErrorException($"{_file}: parts: '{twice.Key}' is there {twice.Count()} times; give each part once, with all that belongs to it.");
        }

        if (study is { Labels: not null, Prompts: not null })
        {
            throw new UserErrorException($"{_file}: prompts: a model draws classes or from text; give labels or prompts, not both.");
        }

        return study is { Real: not null, Inception: null }
            ? throw new UserErrorException($"{_file}: real: '{study.Real}' is compared by the FID network; give its weights as inception too.")
            : study with { Batch = Math.Min(study.Batch, study.Pictures) };
    }

    private StudyPart Part(JsonElement element, string name)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            return StudyParts.Complete(new StudyPart(Kind(element, name)));
        }

        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("part", out var kindElement))
        {
            throw Wrong(name, element, $"a part is its name, or an object with the field 'part'; give one of {string.Join(", ", StudyParts.All)}");
        }

        var kind = Kind(kindElement, name + ".part");
        var fields = FieldsOf(element, name + ".", ["part", .. StudyParts.FieldsOf(kind)], $"the part '{kind}'");
        var part = new StudyPart(kind)
        {
            Thresholds = fields.TryGetValue("thresholds", out var thresholds) ? List(thresholds, name + ".thresholds", Threshold) : null,
            Strategies = fields.TryGetValue("strategies", out var strategies) ? List(strategies, name + ".strategies", (item, place) => Strategy(item, place, kind)) : null,
            Steps = fields.TryGetValue("steps", out var steps) ? List(steps, name + ".steps", (item, place) => Integer(item, place, 2, 1000)) : null,
            NegativePrompts = fields.TryGetValue("negative_prompts", out var prompts) ? List(prompts, name + ".negative_prompts", Text) : null,
            Threshold = fields.TryGetValue("threshold", out var threshold) ? Threshold(threshold, name + ".threshold") : null,
            Step = fields.TryGetValue("step", out var step) ? Integer(step, name + ".step", 1, 999) : null,
        };
        return StudyParts.Complete(part);
    }

    private string Kind(JsonElement element, string name)
        => Text(element, name) is var kind && StudyParts.All.Contains(kind, StringComparer.Ordinal) ? kind : throw Wrong(name, element, $"give one of {string.Join(", ", StudyParts.All)}");

    private double Threshold(JsonElement element, string name) => Number(element, name, value => value > 0, "a number above 0; the paper's are 0.025 to 0.15");

    private string Strategy(JsonElement element, string name, string kind)
    {
        var id = Text(element, name);
        var known = Processors.ProcessorCatalog.BuiltInIds;
        return (kind == StudyParts.Strategies && id == StudyParts.AllStrategies) || new Processors.ProcessorCatalog().TryGet(id, out _)
            ? id
            : throw Wrong(name, element, $"give one of {string.Join(", ", kind == StudyParts.Strategies ? known.Append(StudyParts.AllStrategies) : known)}, or a composite a+b");
    }

    private string? Window(Dictionary<string, JsonElement> fields)
    {
        if (!fields.TryGetValue("window", out var element))
        {
            return null;
        }

        var text = element.ValueKind == JsonValueKind.Number ? element.GetRawText() : Text(element, "window");
        try
        {
            return AttentionWindow.Parse(text).ToString();
        }
        catch (FormatException error)
        {
            throw new UserErrorException($"{_file}: window: {text}: {error.Message.TrimEnd('.')}.", error);
        }
    }

    /// <summary>The fields of an object: known ones, each once.</summary>
    private Dictionary<string, JsonElement> FieldsOf(JsonElement element, string place, IReadOnlyList<string> known, string what)
    {
        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name, StringComparer.Ordinal))
            {
                throw new UserErrorException($"{_file}: {place}{property.Name}: {what} has no such field; it has {string.Join(", ", known)}.");
            }

            if (!fields.TryAdd(property.Name, property.Value))
            {
                throw new UserErrorException($"{_file}: {place}{property.Name}: is there twice; leave one out.");
            }
        }

        // What is null is left out: the study as it was run is a study too.
        return fields.Where(field => field.Value.ValueKind != JsonValueKind.Null).ToDictionary(StringComparer.Ordinal);
    }

    private List<T> List<T>(JsonElement element, string name, Func<JsonElement, string, T> item, bool distinct = true)
    {
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() == 0)
        {
            throw Wrong(name, element, "give a list of at least one");
        }

        var items = new List<T>();
        foreach (var (index, value) in element.EnumerateArray().Index())
        {
            var place = Invariant($"{name}[{index}]");
            items.Add(item(value, place));
            if (distinct && items.IndexOf(items[^1]) < index)
            {
                throw Wrong(place, value, "is there already; give each once");
            }
        }

        return items;
    }

    private int? Integer(Dictionary<string, JsonElement> fields, string name, int least, int most)
        => fields.TryGetValue(name, out var element) ? Integer(element, name, least, most) : null;

    private int Integer(JsonElement element, string name, int least, int most)
        => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var value) && value >= least && value <= most
            ? value
            : throw Wrong(name, element, most == int.MaxValue ? Invariant($"give a whole number of at least {least}") : Invariant($"give a whole number from {least} to {most}"));

    private double Number(JsonElement element, string name, Func<double, bool> isRight, string wanted)
        => element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var value) && double.IsFinite(value) && isRight(value)
            ? value
            : throw Wrong(name, element, "give " + wanted);

    private string? Text(Dictionary<string, JsonElement> fields, string name) => fields.TryGetValue(name, out var element) ? Text(element, name) : null;

    private string Text(JsonElement element, string name) => Text(element, name, mayBeEmpty: false);

    private string Text(JsonElement element, string name, bool mayBeEmpty)
        => element.ValueKind == JsonValueKind.String && element.GetString() is { } text && (mayBeEmpty || text.Length > 0)
            ? text
            : throw Wrong(name, element, mayBeEmpty ? "give a text" : "give a text that is not empty");

    private string? Choice(Dictionary<string, JsonElement> fields, string name, params string[] words)
        => !fields.TryGetValue(name, out var element) ? null
            : Text(element, name) is var word && words.Contains(word, StringComparer.Ordinal) ? word
            : throw Wrong(name, element, $"give one of {string.Join(", ", words)}");

    private UserErrorException Wrong(string name, JsonElement value, string wanted)
    {
        const int Most = 60;
        var text = value.GetRawText().ReplaceLineEndings(" ");
        return new UserErrorException($"{_file}: {(name.Length > 0 ? name + ": " : "")}{(text.Length > Most ? text[..Most] + "…" : text)}: {wanted}.");
    }
}
