using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DiTFastAttn.Plans.Reading;

/// <summary>
/// Reads the text of a plan, format <c>ditfastattn-plan/1</c>, and says everything that is wrong with it. <see cref="PlanFile"/> reads with it at run
/// time, and the compiler where a plan is part of a project.
/// </summary>
internal sealed class PlanReader
{
    public const string Format = "ditfastattn-plan/1";

    /// <summary>How many characters a plan has at most; a hundred sites and a thousand steps take one of the eight million.</summary>
    public const int MostCharacters = 8 << 20;

    public const string TooLarge = "the file is larger than 8 MiB, which no plan is.";
    public const string NotUtf8 = "the file is not UTF-8, or lost characters when it was saved.";
    public const string Empty = "not JSON (the text is empty).";

    /// <summary>The guidance of a batch without halves.</summary>
    public const string NoGuidance = "none";

    public const string ConditionalFirst = "conditional-first";
    public const string ConditionalLast = "conditional-last";

    private readonly List<PlanFault> _faults = [];

    private PlanReader()
    {
    }

    /// <summary>Reads a plan.</summary>
    /// <param name="text">The text.</param>
    /// <param name="faults">What is wrong, the gravest first; none where the result is not <see langword="null"/>.</param>
    public static PlanText? Read(string text, out IReadOnlyList<PlanFault> faults)
    {
        var reader = new PlanReader();
        var plan = reader.ReadText(text);
        faults = reader._faults;
        return faults.Count == 0 ? plan : null;
    }

    private PlanText? ReadText(string text)
    {
        if (text.Length > MostCharacters)
        {
            _faults.Add(new PlanFault(PlanFaultKind.Unreadable, TooLarge, 0, 0));
            return null;
        }

        // What a decoder leaves of bytes that are no UTF-8.
        if (text.IndexOf('\uFFFD') is >= 0 and var lost)
        {
            _faults.Add(new PlanFault(PlanFaultKind.Unreadable, NotUtf8, lost, lost + 1));
            return null;
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            _faults.Add(new PlanFault(PlanFaultKind.Unreadable, Empty, 0, 0));
            return null;
        }

        if (JsonReader.Read(text, out var fault) is not { } root)
        {
            _faults.Add(fault!);
            return null;
        }

        if (root.Kind != JsonKind.Object)
        {
            Refuse(PlanFaultKind.OtherFormat, root, $"a plan is a JSON object, this is {root.Kind}.");
            return null;
        }

        var format = Text(root, "format");
        if (format is not null && format.Text != Format)
        {
            Refuse(PlanFaultKind.OtherFormat, format, $"format: '{format.Text}' is not '{Format}'.");
        }

        return format?.Text == Format ? ReadFields(root) : null;
    }

    private PlanText? ReadFields(JsonNode root)
    {
        var legend = Legend(root);
        var rowList = List(root, "rows");
        var rows = rowList?.Items.Select((row, step) => Row(row, step, legend)).ToList();
        var steps = Whole(root, "steps");
        if (rows is not null && steps is { } planned && planned != rows.Count)
        {
            Refuse(PlanFaultKind.Disagreement, root["steps"]!, $"steps: {planned} does not agree with the {rows.Count} rows.");
        }

        if (rowList is { Items.Count: 0 })
        {
            Refuse(PlanFaultKind.Disagreement, rowList, "rows: a plan has at least one step.");
        }

        var siteList = List(root, "sites");
        var sites = siteList?.Items.Select(Site).ToList();
        for (var step = 0; sites is not null && step < rows?.Count; step++)
        {
            if (rowList!.Items[step].Kind is JsonKind.Array or JsonKind.String && rows[step].Count != sites.Count)
            {
                Refuse(PlanFaultKind.Disagreement, rowList.Items[step], $"rows[{step}]: {rows[step].Count} strategies for {sites.Count} sites.");
            }
        }

        var model = Text(root, "model");
        var guidance = Text(root, "guidance");
        if (guidance is not null && guidance.Text is not (NoGuidance or ConditionalFirst or ConditionalLast))
        {
            Refuse(PlanFaultKind.WrongField, guidance, $"guidance: '{guidance.Text}' is not {NoGuidance}, {ConditionalFirst} or {ConditionalLast}.");
        }

        var window = OptionalText(root, "window");
        if (window is not null && WindowText.Fault(window) is { } fault)
        {
            Refuse(PlanFaultKind.WrongField, root["window"]!, "window: " + fault);
        }

        var origin = Member(root, "origin");
        var method = origin is null ? null : Text(origin, "method", "origin.");
        var plan = new PlanText(model!, siteList!, sites!, rows!, guidance!, method?.Text!)
        {
            Window = window,
            GuidanceScale = OptionalNumber(root, "guidanceScale"),
            Scheduler = OptionalText(root, "scheduler"),
            Tokens = OptionalWhole(root, "tokens"),
            Resolution = OptionalText(root, "resolution"),
            Dtype = OptionalText(root, "dtype"),
            Loss = OptionalText(origin, "loss", "origin."),
            Threshold = OptionalNumber(origin, "threshold", "origin."),
            CalibrationSamples = OptionalWhole(origin, "calibrationSamples", "origin.", int.MaxValue),
            Seed = OptionalWhole(origin, "seed", "origin."),
            Cost = OptionalNumber(origin, "cost", "origin."),
            Psnr = OptionalNumber(origin, "psnr", "origin."),
            ValidationPsnr = OptionalNumber(origin, "validationPsnr", "origin."),
            Note = OptionalText(origin, "note", "origin."),
        };
        return _faults.Count == 0 ? plan : null;
    }

    private PlannedSiteText Site(JsonNode site, int index)
    {
        var path = string.Format(CultureInfo.InvariantCulture, "sites[{0}].", index);
        return new PlannedSiteText(Text(site, "name", path)!, Whole(site, "heads", path) ?? 0, Whole(site, "headWidth", path) ?? 0, OptionalWhole(site, "subLayer", path) ?? 0);
    }

    /// <summary>What the letters of rows stand for; nothing where rows are lists of ids.</summary>
    private Dictionary<char, string> Legend(JsonNode root)
    {
        var legend = new Dictionary<char, string>();
        if (!IsSet(root, "legend"))
        {
            return legend;
        }

        var entries = root["legend"]!;
        if (entries.Kind != JsonKind.Object)
        {
            Refuse(PlanFaultKind.WrongField, entries, $"legend: an object was expected, this is {entries.Kind}.");
            return legend;
        }

        for (var i = 0; i < entries.Names.Count; i++)
        {
            var (letter, id) = (entries.Names[i], entries.Items[i]);
            if (letter.Text.Length != 1 || char.IsSurrogate(letter.Text[0]))
            {
                Refuse(PlanFaultKind.WrongField, letter, $"legend: '{letter.Text}' is not one letter.");
            }
            else if (id.Kind != JsonKind.String)
            {
                Refuse(PlanFaultKind.WrongField, id, $"legend.{letter.Text}: a strategy id was expected, this is {id.Kind}.");
            }
            else if (CheckUnicode(id, "legend." + letter.Text) is not null)
            {
                legend.Add(letter.Text[0], id.Text);
            }
        }

        return legend;
    }

    private List<JsonNode> Row(JsonNode row, int step, Dictionary<char, string> legend)
    {
        if (row.Kind == JsonKind.String)
        {
            return RowOfLetters(row, step, legend);
        }

        if (row.Kind != JsonKind.Array)
        {
            Refuse(PlanFaultKind.WrongField, row, $"rows[{step}]: a list of strategy ids or a text of the legend's letters was expected, this is {row.Kind}.");
            return [];
        }

        for (var site = 0; site < row.Items.Count; site++)
        {
            if (row.Items[site].Kind != JsonKind.String)
            {
                Refuse(PlanFaultKind.WrongField, row.Items[site], $"rows[{step}][{site}]: a strategy id was expected, this is {row.Items[site].Kind}.");
            }
            else
            {
                CheckUnicode(row.Items[site], $"rows[{step}][{site}]");
            }
        }

        return row.Items;
    }

    private List<JsonNode> RowOfLetters(JsonNode row, int step, Dictionary<char, string> legend)
    {
        // Where no letter is escaped, each has its place.
        var isPlain = row.End - row.Start - 2 == row.Text.Length;
        var ids = new List<JsonNode>(row.Text.Length);
        for (var site = 0; site < row.Text.Length; site++)
        {
            var id = new JsonNode(JsonKind.String, isPlain ? row.Start + 1 + site : row.Start) { End = isPlain ? row.Start + 2 + site : row.End };
            if (legend.TryGetValue(row.Text[site], out var text))
            {
                id.Text = text;
            }
            else
            {
                Refuse(PlanFaultKind.WrongField, id, $"rows[{step}][{site}]: the legend has no '{row.Text[site]}'.");
            }

            ids.Add(id);
        }

        return ids;
    }

    private JsonNode? Member(JsonNode parent, string name, string path = "")
    {
        var value = parent[name];
        if (value is null)
        {
            Refuse(PlanFaultKind.WrongField, parent, $"{path}{name}: missing.");
        }

        return value;
    }

    private JsonNode? List(JsonNode parent, string name)
        => Member(parent, name) is not { } value ? null
            : value.Kind == JsonKind.Array ? value
            : Refuse(PlanFaultKind.WrongField, value, $"{name}: a list was expected, this is {value.Kind}.");

    private JsonNode? Text(JsonNode parent, string name, string path = "")
        => Member(parent, name, path) is not { } value ? null
            : value.Kind != JsonKind.String ? Refuse(PlanFaultKind.WrongField, value, $"{path}{name}: a text was expected, this is {value.Kind}.")
            : CheckUnicode(value, path + name);

    private long? Whole(JsonNode parent, string name, string path = "", long most = long.MaxValue)
    {
        if (Member(parent, name, path) is not { } value)
        {
            return null;
        }

        if (value.Kind != JsonKind.Number || !long.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) || whole < 0)
        {
            var given = value.Kind == JsonKind.Number ? value.Text : value.Kind == JsonKind.String ? $"\"{value.Text}\"" : value.Kind.ToString();
            Refuse(PlanFaultKind.WrongField, value, $"{path}{name}: a whole number of at least 0 was expected, this is {given}.");
            return null;
        }

        if (whole > most)
        {
            Refuse(PlanFaultKind.WrongField, value, $"{path}{name}: a whole number of at most {most} was expected, this is {whole}.");
        }

        return whole;
    }

    private string? OptionalText(JsonNode? parent, string name, string path = "") => IsSet(parent, name) ? Text(parent!, name, path)?.Text : null;

    private long? OptionalWhole(JsonNode? parent, string name, string path = "", long most = long.MaxValue)
        => IsSet(parent, name) ? Whole(parent!, name, path, most) : null;

    private double? OptionalNumber(JsonNode? parent, string name, string path = "")
    {
        if (!IsSet(parent, name))
        {
            return null;
        }

        var value = parent![name]!;
        if (value.Kind == JsonKind.Number
            && double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && !double.IsInfinity(number))
        {
            return number;
        }

        Refuse(PlanFaultKind.WrongField, value, $"{path}{name}: a number was expected, this is {(value.Kind == JsonKind.Number ? value.Text : value.Kind.ToString())}.");
        return null;
    }

    private static bool IsSet(JsonNode? parent, string name) => parent?[name] is { Kind: not JsonKind.Null };

    // "\ud800" is JSON and no text.
    private JsonNode? CheckUnicode(JsonNode text, string field)
    {
        for (var i = 0; i < text.Text.Length; i++)
        {
            if (char.IsSurrogatePair(text.Text, i))
            {
                i++;
            }
            else if (char.IsSurrogate(text.Text[i]))
            {
                return Refuse(PlanFaultKind.WrongField, text, $"{field}: the text is not valid Unicode.");
            }
        }

        return text;
    }

    private JsonNode? Refuse(PlanFaultKind kind, JsonNode at, string message)
    {
        _faults.Add(new PlanFault(kind, message, at.Start, at.End));
        return null;
    }
}
