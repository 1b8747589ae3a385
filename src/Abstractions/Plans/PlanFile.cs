using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DiTFastAttn;

/// <summary>Plans as readable JSON, format <c>ditfastattn-plan/1</c>: one row of strategy ids a step.</summary>
public static class PlanFile
{
    private const string Format = "ditfastattn-plan/1";

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Writes a plan; the file appears whole or not at all.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="path">The file; replaced where it exists.</param>
    public static void Save(AttentionPlan plan, string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var text = Write(plan);
        var temporary = path + ".tmp";
        try
        {
            File.WriteAllText(temporary, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Reads a plan.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FormatException">The file is not a plan; the message names file and field.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static AttentionPlan Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            return Read(File.ReadAllText(path));
        }
        catch (FormatException error)
        {
            throw new FormatException($"plan '{path}': {error.Message}", error);
        }
    }

    /// <summary>The plan's JSON text.</summary>
    /// <param name="plan">The plan.</param>
    public static string Write(AttentionPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var lines = new List<string>
        {
            Field("format", Format),
            Field("model", plan.Model.Name),
            "  \"sites\": [\n" + string.Join(",\n", plan.Model.Sites.Select(s => "    "
                + $"{{ \"name\": {Json(s.Name)}, \"heads\": {Json(s.Heads)}, \"headWidth\": {Json(s.HeadWidth)} }}")) + "\n  ]",
            Field("steps", plan.Steps),
            Field("guidance", Name(plan.Guidance)),
        };
        AddIfSet(lines, "window", plan.Window?.ToString());
        AddIfSet(lines, "guidanceScale", plan.GuidanceScale);
        AddIfSet(lines, "scheduler", plan.Scheduler);
        AddIfSet(lines, "tokens", plan.Tokens);
        AddIfSet(lines, "resolution", plan.Resolution);
        AddIfSet(lines, "dtype", plan.Dtype);
        var origin = new List<string> { Field("method", plan.Origin.Method) };
        AddIfSet(origin, "loss", plan.Origin.Loss);
        AddIfSet(origin, "threshold", plan.Origin.Threshold);
        AddIfSet(origin, "calibrationSamples", plan.Origin.CalibrationSamples);
        AddIfSet(origin, "seed", plan.Origin.Seed);
        AddIfSet(origin, "note", plan.Origin.Note);
        lines.Add("  \"origin\": {\n  " + string.Join(",\n  ", origin) + "\n  }");
        lines.Add("  \"rows\": [\n" + string.Join(",\n", plan.Rows.Select(row => "    [" + string.Join(", ", row.Select(id => Json(id))) + "]")) + "\n  ]");
        return "{\n" + string.Join(",\n", lines) + "\n}\n";
    }

    /// <summary>Reads a plan from JSON text.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">The text is not a plan; the message names the field.</exception>
    public static AttentionPlan Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            return Read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text with half a surrogate pair, which the parser lets pass.
            throw new FormatException($"not JSON ({error.Message})", error);
        }
    }

    private static AttentionPlan Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"a plan is a JSON object, this is {root.ValueKind}.");
        }

        var format = Text(root, "format");
        if (format != Format)
        {
            throw new FormatException($"format: '{format}' is not '{Format}'.");
        }

        var rows = List(root, "rows").Select((row, step) => (IReadOnlyList<string>)Row(row, step)).ToList();
        var steps = Whole(root, "steps");
        if (steps != rows.Count)
        {
            throw new FormatException($"steps: {steps} does not agree with the {rows.Count} rows.");
        }

        if (rows.Count == 0)
        {
            throw new FormatException("rows: a plan has at least one step.");
        }

        var sites = List(root, "sites").Select(Site).ToList();
        var odd = rows.FindIndex(r => r.Count != sites.Count);
        if (odd >= 0)
        {
            throw new FormatException($"rows[{odd}]: {rows[odd].Count} strategies for {sites.Count} sites.");
        }

        var origin = Member(root, "origin");
        return new AttentionPlan
        {
            Model = new ModelFingerprint(Text(root, "model"), sites),
            Rows = rows,
            Guidance = GuidanceNamed(Text(root, "guidance")),
            Window = OptionalText(root, "window") is { } window ? Window(window) : null,
            GuidanceScale = OptionalNumber(root, "guidanceScale"),
            Scheduler = OptionalText(root, "scheduler"),
            Tokens = OptionalWhole(root, "tokens"),
            Resolution = OptionalText(root, "resolution"),
            Dtype = OptionalText(root, "dtype"),
            Origin = new PlanOrigin(Text(origin, "method", "origin."))
            {
                Loss = OptionalText(origin, "loss", "origin."),
                Threshold = OptionalNumber(origin, "threshold", "origin."),
                CalibrationSamples = (int?)OptionalWhole(origin, "calibrationSamples", "origin.", int.MaxValue),
                Seed = OptionalWhole(origin, "seed", "origin."),
                Note = OptionalText(origin, "note", "origin."),
            },
        };
    }

    private static SiteFingerprint Site(JsonElement site, int index)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"sites[{index}].");
        return new SiteFingerprint(Text(site, "name", path), Whole(site, "heads", path), Whole(site, "headWidth", path));
    }

    private static List<string> Row(JsonElement row, int step)
    {
        if (row.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException($"rows[{step}]: a list of strategy ids was expected, this is {row.ValueKind}.");
        }

        return [.. row.EnumerateArray().Select((id, site) => id.ValueKind == JsonValueKind.String
            ? id.GetString()!
            : throw new FormatException($"rows[{step}][{site}]: a strategy id was expected, this is {id.ValueKind}."))];
    }

    private static string Name(Guidance guidance) => guidance switch
    {
        Guidance.ConditionalFirst => "conditional-first",
        Guidance.ConditionalLast => "conditional-last",
        _ => "none",
    };

    private static Guidance GuidanceNamed(string name) => name switch
    {
        "conditional-first" => Guidance.ConditionalFirst,
        "conditional-last" => Guidance.ConditionalLast,
        "none" => Guidance.None,
        _ => throw new FormatException($"guidance: '{name}' is not none, conditional-first or conditional-last."),
    };

    private static AttentionWindow Window(string text)
    {
        try
        {
            return AttentionWindow.Parse(text);
        }
        catch (FormatException error)
        {
            throw new FormatException("window: " + error.Message, error);
        }
    }

    private static JsonElement Member(JsonElement parent, string name, string path = "")
        => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value)
            ? value
            : throw new FormatException($"{path}{name}: missing.");

    private static JsonElement.ArrayEnumerator List(JsonElement parent, string name)
    {
        var value = Member(parent, name);
        return value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray()
            : throw new FormatException($"{name}: a list was expected, this is {value.ValueKind}.");
    }

    private static string Text(JsonElement parent, string name, string path = "")
    {
        var value = Member(parent, name, path);
        return value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new FormatException($"{path}{name}: a text was expected, this is {value.ValueKind}.");
    }

    private static long Whole(JsonElement parent, string name, string path = "", long most = long.MaxValue)
    {
        var value = Member(parent, name, path);
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var whole) || whole < 0)
        {
            var given = value.ValueKind is JsonValueKind.Number or JsonValueKind.String ? value.GetRawText() : value.ValueKind.ToString();
            throw new FormatException($"{path}{name}: a whole number of at least 0 was expected, this is {given}.");
        }

        return whole <= most ? whole : throw new FormatException($"{path}{name}: a whole number of at most {most} was expected, this is {whole}.");
    }

    private static bool IsSet(JsonElement parent, string name)
        => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    private static string? OptionalText(JsonElement parent, string name, string path = "") => IsSet(parent, name) ? Text(parent, name, path) : null;

    private static long? OptionalWhole(JsonElement parent, string name, string path = "", long most = long.MaxValue)
        => IsSet(parent, name) ? Whole(parent, name, path, most) : null;

    private static double? OptionalNumber(JsonElement parent, string name, string path = "")
    {
        if (!IsSet(parent, name))
        {
            return null;
        }

        var value = Member(parent, name, path);
        return value.ValueKind != JsonValueKind.Number
            ? throw new FormatException($"{path}{name}: a number was expected, this is {value.ValueKind}.")
            : value.TryGetDouble(out var number) && double.IsFinite(number)
                ? number
                : throw new FormatException($"{path}{name}: a number was expected, this is {value.GetRawText()}.");
    }

    private static void AddIfSet<T>(List<string> lines, string name, T? value)
    {
        if (value is not null)
        {
            lines.Add(Field(name, value));
        }
    }

    private static string Field<T>(string name, T value) => string.Create(CultureInfo.InvariantCulture, $"  \"{name}\": {Json(value)}");

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, Compact);
}
