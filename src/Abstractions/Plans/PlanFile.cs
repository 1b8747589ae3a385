using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DiTFastAttn.Plans.Reading;

namespace DiTFastAttn;

/// <summary>Plans as readable JSON, format <c>ditfastattn-plan/1</c>: one text a step with a letter for each site, and a legend of the letters.</summary>
public static class PlanFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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
            File.WriteAllText(temporary, text, Strict);
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
            // A character takes three bytes of UTF-8 at most, and so much need not be read to know that it is no plan.
            return new FileInfo(path).Length > 3L * PlanReader.MostCharacters ? throw new FormatException(PlanReader.TooLarge) : Read(Strict.GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF'));
        }
        catch (DecoderFallbackException error)
        {
            throw new FormatException($"plan '{path}': {PlanReader.NotUtf8}", error);
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
            Field("format", PlanReader.Format),
            Field("model", plan.Model.Name),
            "  \"sites\": [\n" + string.Join(",\n", plan.Model.Sites.Select(s => "    "
                + $"{{ \"name\": {Json(s.Name)}, \"heads\": {Json(s.Heads)}, \"headWidth\": {Json(s.HeadWidth)}{(s.SubLayer > 0 ? $", \"subLayer\": {Json(s.SubLayer)}" : "")} }}")) + "\n  ]",
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
        AddIfSet(origin, "cost", plan.Origin.Cost);
        AddIfSet(origin, "psnr", Finite(plan.Origin.Psnr));
        AddIfSet(origin, "validationPsnr", Finite(plan.Origin.ValidationPsnr));
        AddIfSet(origin, "note", plan.Origin.Note);
        lines.Add("  \"origin\": {\n  " + string.Join(",\n  ", origin) + "\n  }");
        if (PlanLegend.Of(plan.Rows) is { } legend)
        {
            lines.Add("  \"legend\": { " + string.Join(", ", legend.Select(entry => $"{Json(entry.Letter)}: {Json(entry.Id)}")) + " }");
            var letters = legend.ToDictionary(entry => entry.Id, entry => entry.Letter, StringComparer.Ordinal);
            lines.Add("  \"rows\": [\n" + string.Join(",\n", plan.Rows.Select(row => $"    \"{string.Concat(row.Select(id => letters[id]))}\"")) + "\n  ]");
        }
        else
        {
            lines.Add("  \"rows\": [\n" + string.Join(",\n", plan.Rows.Select(row => "    [" + string.Join(", ", row.Select(id => Json(id))) + "]")) + "\n  ]");
        }

        return "{\n" + string.Join(",\n", lines) + "\n}\n";
    }

    /// <summary>Reads a plan from JSON text.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">The text is not a plan; the message names the field.</exception>
    public static AttentionPlan Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (PlanReader.Read(text, out var faults) is not { } plan)
        {
            throw new FormatException(faults[0].Message);
        }

        return new AttentionPlan
        {
            Model = new ModelFingerprint(plan.Model.Text, [.. plan.Sites.Select(site => new SiteFingerprint(site.Name.Text, site.Heads, site.HeadWidth) { SubLayer = site.SubLayer })]),
            Rows = [.. plan.Rows.Select(row => (IReadOnlyList<string>)[.. row.Select(id => id.Text)])],
            Guidance = Enum.GetValues<Guidance>().First(guidance => Name(guidance) == plan.Guidance.Text),
            Window = plan.Window is { } window ? AttentionWindow.Parse(window) : null,
            GuidanceScale = plan.GuidanceScale,
            Scheduler = plan.Scheduler,
            Tokens = plan.Tokens,
            Resolution = plan.Resolution,
            Dtype = plan.Dtype,
            Origin = new PlanOrigin(plan.Method)
            {
                Loss = plan.Loss,
                Threshold = plan.Threshold,
                CalibrationSamples = (int?)plan.CalibrationSamples,
                Seed = plan.Seed,
                Cost = plan.Cost,
                Psnr = plan.Psnr,
                ValidationPsnr = plan.ValidationPsnr,
                Note = plan.Note,
            },
        };
    }

    private static string Name(Guidance guidance) => guidance switch
    {
        Guidance.ConditionalFirst => PlanReader.ConditionalFirst,
        Guidance.ConditionalLast => PlanReader.ConditionalLast,
        _ => PlanReader.NoGuidance,
    };

    private static void AddIfSet<T>(List<string> lines, string name, T? value)
    {
        if (value is not null)
        {
            lines.Add(Field(name, value));
        }
    }

    // That of a plan with full everywhere is infinite, for which JSON has no number.
    private static double? Finite(double? psnr) => psnr is { } number && double.IsFinite(number) ? number : null;

    private static string Field<T>(string name, T value) => string.Create(CultureInfo.InvariantCulture, $"  \"{name}\": {Json(value)}");

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, Compact);
}
