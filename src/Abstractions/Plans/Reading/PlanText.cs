using System.Collections.Generic;

namespace DiTFastAttn.Plans.Reading;

/// <summary>A plan as it stands in a text; what messages point at, with its place.</summary>
/// <param name="Model">Class of the model.</param>
/// <param name="SiteList">The list of the sites.</param>
/// <param name="Sites">The sites in forward order.</param>
/// <param name="Rows">Strategy ids, <c>[step][site]</c>.</param>
/// <param name="Guidance">How the batch is laid out.</param>
/// <param name="Method">How the plan was made.</param>
internal sealed record PlanText(
    JsonNode Model, JsonNode SiteList, IReadOnlyList<PlannedSiteText> Sites, IReadOnlyList<IReadOnlyList<JsonNode>> Rows, JsonNode Guidance, string Method)
{
    public string? Window { get; init; }

    public double? GuidanceScale { get; init; }

    public string? Scheduler { get; init; }

    public long? Tokens { get; init; }

    public string? Resolution { get; init; }

    public string? Dtype { get; init; }

    public string? Loss { get; init; }

    public double? Threshold { get; init; }

    public long? CalibrationSamples { get; init; }

    public long? Seed { get; init; }

    public double? Cost { get; init; }

    public double? Psnr { get; init; }

    public double? ValidationPsnr { get; init; }

    public string? Note { get; init; }
}
