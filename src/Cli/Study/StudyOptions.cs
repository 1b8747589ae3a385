using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DiTFastAttn.Cli.Evaluate;
using DiTFastAttn.Hosting.Search;

namespace DiTFastAttn.Cli.Study;

/// <summary>A study by options: each is a field of the file (docs/evaluation.md), or of every part that has such a field.</summary>
internal static class StudyOptions
{
    public static readonly Option<string?> Model = ValueOption.Text(["--model"], "MODEL", "A study of this model, without a file: as of 'generate', or 'demo'.");

    public static readonly Option<ValueList<string>> Parts = ValueOption.List(
        ["--parts"], "NAME,…", $"Parts of a study without a file: {string.Join(", ", StudyParts.All)}; all where not given.", text => text, word => word, fallback: null);

    private static readonly Option<string?> Components = ValueOption.Text(["--components"], "DIR", "A study's folder for what its model lacks.");

    private static readonly Option<int?> InputSize = ValueOption.OptionalInteger(["--input-size"], "A study's side of the latents of a model that describes itself.", 1);

    private static readonly Option<int?> Steps = ValueOption.OptionalInteger(["--n-steps", "--n_steps"], "A study's denoising steps.", 1);

    private static readonly Option<double?> Guidance = Number("--guidance-scale", "A study's guidance scale.");

    private static readonly Option<string?> Window = ValueOption.Text(["--window"], "N|1/N", "A study's window.");

    private static readonly Option<string[]> Labels = Several("--label", "N", "A class that a study draws; several times for several.");

    private static readonly Option<string[]> Prompts = Several("--prompt", "TEXT", "A prompt that a study draws; several times for several.");

    private static readonly Option<string?> NegativePrompt = ValueOption.Text(["--negative-prompt", "--negative_prompt"], "TEXT", "What a study's pictures are not to show.");

    private static readonly Option<int?> Pictures = ValueOption.OptionalInteger(["--n"], "A study's pictures of a point.", 1);

    private static readonly Option<int?> Calibration = ValueOption.OptionalInteger(["--n-calib", "--n_calib"], "Samples that a study's plans are searched on.", 1);

    private static readonly Option<string?> Loss = ValueOption.OptionalChoice(["--loss"], "The loss of a study's searches.", [.. PlanLoss.All.Select(loss => loss.Name)]);

    private static readonly Option<int?> Rounds = ValueOption.OptionalInteger(["--rounds"], "Times that a study draws a batch for its time.", 0);

    private static readonly Option<ValueList<double>> Thresholds = Numbers("--thresholds", "Thresholds of those of a study's parts that have some.");

    private static readonly Option<ValueList<string>> Strategies = ValueOption.List(
        ["--strategies"], "NAME,…", "Strategies of a study's parts 'strategies' and 'attention'.", text => text, word => word, fallback: null);

    private static readonly Option<ValueList<int>> StepCounts = ValueOption.Integers(["--step-counts"], "Numbers of steps of a study's part 'steps'.", null, 1);

    private static readonly Option<string[]> NegativePrompts = Several("--other-negative-prompt", "TEXT", "A prompt of a study's part 'negative-prompts'; several times for several.");

    private static readonly Option<double?> PlanThreshold = Number("--plan-threshold", "Threshold of a study's part 'plan'.");

    private static readonly Option<int?> ObservedStep = ValueOption.OptionalInteger(["--observed-step"], "Step of a study's part 'redundancy'.", 1);

    private static readonly Field[] Fields =
    [
        Field.Of(Model, "model"), Field.Of(Components, "components"), Field.Of(InputSize, "input_size"), Field.Of(CommonOptions.Dtype, "dtype"), Field.Of(Steps, "steps"),
        Field.Of(Guidance, "guidance_scale"), Field.Of(CommonOptions.Seed, "seed"), Field.Of(Window, "window"),
        Field.Of(Labels, "labels", labels => new JsonArray([.. labels!.Select(label => int.TryParse(label, CultureInfo.InvariantCulture, out var number) ? (JsonNode?)number : label)])),
        Field.Of(Prompts, "prompts"), Field.Of(NegativePrompt, "negative_prompt"), Field.Of(Pictures, "pictures"), Field.Of(EvaluateOptions.Batch, "batch"),
        Field.Of(Calibration, "calibration"), Field.Of(Loss, "loss"), Field.Of(Rounds, "rounds"), Field.Of(EvaluateOptions.Inception, "inception"),
        Field.Of(EvaluateOptions.Real, "real"), Field.Of(EvaluateOptions.Clip, "clip"),
    ];

    private static readonly Field[] PartFields =
    [
        Field.Of(Thresholds, "thresholds", list => Node(list!.Values)), Field.Of(Strategies, "strategies", list => Node(list!.Values)), Field.Of(StepCounts, "steps", list => Node(list!.Values)),
        Field.Of(NegativePrompts, "negative_prompts"), Field.Of(PlanThreshold, "threshold"), Field.Of(ObservedStep, "step"),
    ];

    /// <summary>Those that only a study has.</summary>
    public static IEnumerable<Option> Own { get; } = [.. All.Append(Parts).Except(EvaluateOptions.All)];

    /// <summary>All that say something of a study.</summary>
    public static IEnumerable<Option> All => Fields.Concat(PartFields).Select(one => one.Option);

    /// <summary>The study that the options describe.</summary>
    /// <param name="call">The call.</param>
    /// <exception cref="UserErrorException">They describe none.</exception>
    public static StudySettings Read(VerbCall call)
    {
        if (!call.IsGiven(Model) && !call.IsGiven(Parts))
        {
            throw new UserErrorException("evaluate: nothing to measure; give pictures (a folder, a zip file, MS COCO's folder), a study (.json), or a study by options: --model MODEL --parts NAME,….");
        }

        var parts = call.Get(Parts)?.Values ?? StudyParts.All;
        var study = new JsonObject();
        foreach (var field in Fields.Where(field => call.IsGiven(field.Option)))
        {
            study[field.Name] = field.Value(call);
        }

        study["parts"] = new JsonArray([.. parts.Select(kind => (JsonNode?)Part(call, kind))]);
        foreach (var field in PartFields.Where(field => call.IsGiven(field.Option) && !parts.Any(kind => Has(kind, field))))
        {
            throw new UserErrorException($"{field.Option.Name}: none of the parts {string.Join(", ", parts)} has {field.Name}; leave it out, or name such a part by --parts.");
        }

        return StudyReader.Read(JsonSerializer.SerializeToElement(study), "evaluate");
    }

    private static JsonObject Part(VerbCall call, string kind)
    {
        var part = new JsonObject { ["part"] = kind };
        foreach (var field in PartFields.Where(field => call.IsGiven(field.Option) && Has(kind, field)))
        {
            part[field.Name] = field.Value(call);
        }

        return part;
    }

    private static bool Has(string kind, Field field) => StudyParts.FieldsOf(kind).Contains(field.Name, StringComparer.Ordinal);

    private static JsonNode? Node<T>(T value) => JsonSerializer.SerializeToNode(value);

    private static Option<string[]> Several(string name, string helpName, string description)
        => new(name) { HelpName = helpName, Description = description, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };

    private static Option<double?> Number(string name, string description) => ValueOption.Make<double?>([name], "X", description, text => ParseNumber(text));

    private static Option<ValueList<double>> Numbers(string name, string description)
        => ValueOption.List([name], "X,X,…", description, ParseNumber, number => number.ToString("R", CultureInfo.InvariantCulture), fallback: null);

    private static double ParseNumber(string text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : throw new FormatException("give a number");

    /// <summary>An option as a field of a study's file.</summary>
    /// <param name="Option">The option.</param>
    /// <param name="Name">The field.</param>
    /// <param name="Value">Its value as it stands in the file.</param>
    private sealed record Field(Option Option, string Name, Func<VerbCall, JsonNode?> Value)
    {
        public static Field Of<T>(Option<T> option, string name) => Of(option, name, Node);

        public static Field Of<T>(Option<T> option, string name, Func<T?, JsonNode?> value) => new(option, name, call => value(call.Get(option)));
    }
}
