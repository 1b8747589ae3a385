namespace DiTFastAttn.Plans.Reading;

/// <summary>One of a plan's sites as it stands in the text.</summary>
/// <param name="Name">Its name, and where that stands.</param>
/// <param name="Heads">H, or 0.</param>
/// <param name="HeadWidth">D, or 0.</param>
/// <param name="SubLayer">Multiply-accumulates of a token of a sub-layer, or 0.</param>
internal sealed record PlannedSiteText(JsonNode Name, long Heads, long HeadWidth, long SubLayer);
