using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Processors;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Study;

/// <summary>Makes tables and figures of finished points.</summary>
/// <param name="study">The study.</param>
/// <param name="points">Its points.</param>
/// <param name="drawsText">Whether the model draws from text.</param>
internal sealed class StudyResults(StudySettings study, IReadOnlyList<PointRecord> points, bool drawsText)
{
    private static readonly FigureRecord.Axis FlopsLeft = new("attention FLOPs left", "%");
    private static readonly FigureRecord.Axis Psnr = new("PSNR against full attention", "dB");

    private readonly Dictionary<string, PointRecord> _points = points.ToDictionary(point => point.Name, StringComparer.Ordinal);

    /// <summary>The tables, in the paper's order.</summary>
    public IReadOnlyList<TableRecord> Tables()
    {
        var tables = new List<TableRecord>();
        AddIf(StudyParts.Thresholds, part => tables.Add(Quality(part).WithTable1()));
        AddIf(StudyParts.Attention, part => tables.Add(Attention(part).WithTable2(FlopsOfDiT)));
        AddIf(StudyParts.Latency, part => tables.Add(Latency(part).WithLatencies()));
        AddIf(StudyParts.SearchTime, part => tables.Add(SearchTime(part).WithTable6()));
        AddIf(StudyParts.NegativePrompts, part =>
        {
            if (drawsText)
            {
                tables.Add(NegativePrompts(part));
            }
        });
        return tables;
    }

    /// <summary>The figures.</summary>
    public IReadOnlyList<FigureRecord> Figures()
    {
        var figures = new List<FigureRecord>(points.SelectMany(point => point.Figures ?? []));
        AddIf(StudyParts.Thresholds, part => figures.Add(new FigureRecord(
            "quality", "Quality against what is left of the attention", null, FlopsLeft, Psnr, [Quality("D1 to D6", part.Thresholds!, StudyParts.AllStrategies, study.Steps!.Value)])));
        AddIf(StudyParts.Latency, part => figures.Add(Figure8(part)));
        AddIf(StudyParts.Strategies, part => figures.Add(new FigureRecord(
            "figure-9-left", "Each strategy alone, and all together", "Figure 9, left", FlopsLeft, Psnr,
            [.. part.Strategies!.Select(strategy => Quality(strategy, part.Thresholds!, strategy, study.Steps!.Value))])));
        AddIf(StudyParts.Steps, part => figures.Add(new FigureRecord(
            "figure-9-middle", "Numbers of denoising steps", "Figure 9, middle", FlopsLeft, Psnr,
            [.. part.Steps!.Select(steps => Quality(Invariant($"{steps} steps"), part.Thresholds!, StudyParts.AllStrategies, steps))])));
        AddIf(StudyParts.WindowResidual, part => figures.Add(new FigureRecord(
            "figure-9-right", "Window attention with and without the residual", "Figure 9, right", FlopsLeft, Psnr,
            [Quality("with residual (WA-RS)", part.Thresholds!, "wars", study.Steps!.Value), Quality("without (WA)", part.Thresholds!, "wa", study.Steps!.Value)])));
        return figures;
    }

    /// <summary>What a reader of the results has to know.</summary>
    public IReadOnlyList<string> Notes()
    {
        var notes = new List<string>
        {
            Invariant($"Quality is PSNR and SSIM of {study.Pictures} pictures of a point against those of full attention from the same noise, and the relative error of their latents{(study.Inception is null ? ". There is no FID and no Inception Score: they need the FID network's weights ('inception' in the study, or --inception FILE), and none were given" : "")}."),
            Invariant($"Plans are searched on {study.Calibration} sample(s) of other noise, with the loss '{study.Loss}' and the window {study.Window}."),
        };
        if (study.Parts.Any(part => part.Part is not (StudyParts.Redundancy or StudyParts.Attention)))
        {
            notes.Add("The paper's own figures stand beside its Tables 1, 2 and 6 and the ends of its Figure 8; of its other tables and figures no numbers were to be had.");
        }

        if (study.Rounds > 0)
        {
            notes.Add(Invariant($"Times are of a batch of {study.Batch} with and without the plan in turn, the least of {study.Rounds} round(s), on this machine; a short batch on a busy machine says little."));
        }

        if (study.Parts.Any(part => part.Part == StudyParts.NegativePrompts) && !drawsText)
        {
            notes.Add($"The part 'negative-prompts' is left out: '{study.Model}' draws classes, and what takes a negative prompt's place in its guidance is the one class for no class.");
        }

        if (points.FirstOrDefault(point => point.CountedMultiplyAccumulates != point.PredictedMultiplyAccumulates) is { } other)
        {
            notes.Add(Invariant($"Point '{other.Name}': {other.CountedMultiplyAccumulates} multiply-accumulates were counted and {other.PredictedMultiplyAccumulates} predicted: a formula does not fit a site."));
        }

        return notes;
    }

    private static double FlopsOfDiT(string strategy, int tokens)
    {
        var catalog = new ProcessorCatalog();
        var shape = new SiteShape(2, tokens, 16, 72, tokens / 8);
        return 100.0 * catalog.GetProcessor(strategy).Cost(shape).Total / catalog.GetProcessor("full").Cost(shape).Total;
    }

    private void AddIf(string kind, Action<StudyPart> add)
    {
        if (study.Parts.FirstOrDefault(part => part.Part == kind) is { } part)
        {
            add(part);
        }
    }

    private PointRecord Searched(double threshold, string strategy, int steps) => _points[StudyPoints.WithSteps(StudyPoints.NameOf(threshold, strategy), steps, study)];

    private static string Setting(double threshold) => StudyPoints.SettingOf(threshold) is { } number ? Invariant($"D{number}") : Invariant($"δ = {threshold}");

    private FigureRecord.Curve Quality(string name, IReadOnlyList<double> thresholds, string strategy, int steps)
        => new(name, [.. thresholds.Select(threshold => (threshold, Point: Searched(threshold, strategy, steps)))
            .Select(entry => new FigureRecord.Point(entry.Point.AttentionFlopsPercent, entry.Point.Metrics["psnr"], Setting(entry.threshold)))
            .OrderBy(point => point.X)]);

    private TableRecord Quality(StudyPart part)
    {
        (string Name, string Column, string? Unit)[] metrics =
        [
            ("psnr", "PSNR", "dB"), ("psnr_min", "worst PSNR", "dB"), ("ssim", "SSIM", null), ("latent_relative_error", "latent error", null),
            ("fid", "FID", null), ("inception_score", "Inception Score", null), ("clip_score", "CLIPScore", null),
        ];
        var used = metrics.Where(metric => points.Any(point => point.Metrics.ContainsKey(metric.Name))).ToList();
        return new TableRecord(
            "table-1", "Cost and quality of the plans of each threshold", "Table 1",
            [
                new("setting"), new("threshold"), new("attention FLOPs", "%"), new("attention and feed-forward FLOPs", "%"),
                .. used.Select(metric => new TableRecord.Column(metric.Column, metric.Unit)), new("residuals and outputs", "MB"),
            ],
            [
                Row("full", null, _points["full"]),
                .. part.Thresholds!.Select(threshold => Row(Setting(threshold), threshold, Searched(threshold, StudyParts.AllStrategies, study.Steps!.Value))),
            ]);

        IReadOnlyList<object?> Row(string setting, double? threshold, PointRecord point) =>
        [
            setting, threshold, point.AttentionFlopsPercent, point.TotalFlopsPercent,
            .. used.Select(metric => (object?)(point.Metrics.TryGetValue(metric.Name, out var value) ? value : null)), point.PeakStateBytes / 1e6,
        ];
    }

    private TableRecord Attention(StudyPart part) => new(
        "table-2", "What a strategy leaves of an attention site", "Table 2", [new("strategy"), new("FLOPs", "%"), new("latency", "%")],
        [.. part.Strategies!.Select(strategy => _points["attention-" + strategy.Replace('+', '-')]).Zip(part.Strategies!, (point, strategy) => (IReadOnlyList<object?>)
            [strategy, point.AttentionFlopsPercent, point.Metrics.TryGetValue("latency_percent", out var share) ? share : null])]);

    private TableRecord Latency(StudyPart part) => new(
        "latency", Invariant($"Latency of a batch of {study.Batch}"), null,
        [
            new("setting"), new("attention FLOPs", "%"), new("whole", "s"), new("transformer", "s"), new("attention", "s"), new("other", "s"), new("whole, of full", "%"), new("attention, of full", "%"),
        ],
        [
            .. part.Thresholds!.Select(threshold => (Name: Setting(threshold), Point: Searched(threshold, StudyParts.AllStrategies, study.Steps!.Value))).Prepend(("full", _points["full"]))
                .Select(row => (IReadOnlyList<object?>)
                [
                    row.Item1, row.Item2.AttentionFlopsPercent, row.Item2.Seconds, row.Item2.TransformerSeconds, row.Item2.AttentionSeconds, row.Item2.Seconds - row.Item2.TransformerSeconds,
                    100 * row.Item2.Seconds / row.Item2.FullSeconds, 100 * row.Item2.AttentionSeconds / row.Item2.FullAttentionSeconds,
                ]),
        ]);

    private FigureRecord Figure8(StudyPart part)
    {
        var rows = part.Thresholds!.Select(threshold => (Name: Setting(threshold), Point: Searched(threshold, StudyParts.AllStrategies, study.Steps!.Value))).ToList();
        return new FigureRecord(
            "figure-8", "Latency against what is left of the attention", "Figure 8", FlopsLeft, new FigureRecord.Axis("latency, of full attention's", "%"),
            [
                Curve("whole", isLabelled: true, point => point.Seconds / point.FullSeconds),
                Curve("transformer", isLabelled: false, point => point.TransformerSeconds / point.FullTransformerSeconds),
                Curve("attention", isLabelled: false, point => point.AttentionSeconds / point.FullAttentionSeconds),
                .. PaperFigures.Latencies,
            ]);

        FigureRecord.Curve Curve(string name, bool isLabelled, Func<PointRecord, double?> share) => new(
            name,
            [.. rows.Select(row => (row.Name, row.Point.AttentionFlopsPercent, Share: share(row.Point))).Where(row => row.Share is not null)
                .Select(row => new FigureRecord.Point(row.AttentionFlopsPercent, 100 * row.Share!.Value, isLabelled ? row.Name : null)).Append(new FigureRecord.Point(100, 100)).OrderBy(point => point.X)]);
    }

    private TableRecord SearchTime(StudyPart part) => new(
        "table-6", "Times of plan searches", "Table 6", [new("setting"), new("threshold"), new("search", "s"), new("model calls"), new("attention FLOPs", "%")],
        [.. part.Thresholds!.Select(threshold => (threshold, Point: Searched(threshold, StudyParts.AllStrategies, study.Steps!.Value))).Select(row => (IReadOnlyList<object?>)
            [Setting(row.threshold), row.threshold, row.Point.SearchSeconds, row.Point.SearchForwardEquivalents, row.Point.AttentionFlopsPercent])]);

    private TableRecord NegativePrompts(StudyPart part) => new(
        "figure-14", "Plans that were searched without a negative prompt, on pictures with one", "Figure 14",
        [new("setting"), new("negative prompt"), new("attention FLOPs", "%"), new("PSNR", "dB"), new("SSIM")],
        [
            .. part.Thresholds!.SelectMany(threshold => part.NegativePrompts!.Index().Select(prompt => (prompt.Item, Name: Invariant($"{StudyPoints.NameOf(threshold, StudyParts.AllStrategies)}-n{prompt.Index + 1}")))
                .Prepend((study.NegativePrompt, StudyPoints.NameOf(threshold, StudyParts.AllStrategies)))
                .Select(row => (row.Item1, Point: _points[row.Item2]))
                .Select(row => (IReadOnlyList<object?>)[Setting(threshold), row.Item1, row.Point.AttentionFlopsPercent, row.Point.Metrics["psnr"], row.Point.Metrics["ssim"]])),
        ]);
}
