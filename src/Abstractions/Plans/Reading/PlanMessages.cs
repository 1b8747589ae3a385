using System.Collections.Generic;

namespace DiTFastAttn.Plans.Reading;

/// <summary>What is said of a plan that does not fit its model or its strategies: the same when a run begins and when a project is compiled.</summary>
internal static class PlanMessages
{
    public static string UnknownStrategy(int step, string site, string id, IEnumerable<string> known)
        => $"rows: step {step} of site '{site}' names the strategy '{id}'; known are {string.Join(", ", known)} and composites a+b.";

    public static string NeedsGuidance(int step, string site, string id)
        => $"guidance: step {step} of site '{site}' is '{id}', which shares between the guidance halves, and the run has no guidance.";

    public static string NeedsWindow(int step, string site, string id) => $"window: the plan has none, and step {step} of site '{site}' is '{id}', which needs one.";

    public static string NoWindowOfCrossAttention(int step, string site, string id)
        => $"rows: step {step} of site '{site}' is '{id}', which needs a window, and the site is cross-attention, which has none.";

    public static string NoAttentionOfSubLayer(int step, string site, string id)
        => $"rows: step {step} of site '{site}' is '{id}', which computes attention, and the site is a sub-layer without: 'full' and 'ast' are possible there.";

    public static string DoesNotStartFull(string site, string id) => $"rows: step 0 of site '{site}' is '{id}'; step 0 is always 'full'.";

    public static string ReadsWhatNothingWrote(int step, string site, string id, string what)
        => $"rows: step {step} of site '{site}' is '{id}', which reads {what}, and no earlier step writes it.";

    public static string OtherSite(int index, string planned, string model, string real)
        => $"model.sites[{index}].name: the plan has '{planned}', the model '{model}' has {real}.";
}
