using System.Globalization;
using DiTFastAttn.Hosting.Search;

namespace DiTFastAttn.Hosting.Plans;

/// <summary>Gives every run a plan that is <c>full</c> every n-th step and one strategy between: no search, no file, any number of steps.</summary>
public sealed class PeriodicPlanProvider : IPlanProvider
{
    private const string Prefix = "periodic:";

    /// <summary>A provider for a strategy and a period.</summary>
    /// <param name="strategy">The id between the full steps, for example <c>wars</c>; whether it is known shows when a run begins.</param>
    /// <param name="period">Every how many steps is full, at least 2.</param>
    public PeriodicPlanProvider(string strategy, int period)
    {
        ArgumentException.ThrowIfNullOrEmpty(strategy);
        ArgumentOutOfRangeException.ThrowIfLessThan(period, 2);
        Strategy = strategy;
        Period = period;
    }

    /// <summary>The id between the full steps.</summary>
    public string Strategy { get; }

    /// <summary>Every how many steps is full.</summary>
    public int Period { get; }

    /// <summary>Whether a text is meant as a periodic plan: it begins with <c>periodic:</c>.</summary>
    /// <param name="text">The text.</param>
    public static bool IsMeant(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Prefix, StringComparison.Ordinal);
    }

    /// <summary>Reads <c>periodic:STRATEGY/N</c>, for example <c>periodic:wars/3</c>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">The text is not of that form, or N is less than 2.</exception>
    public static PeriodicPlanProvider Parse(string text)
        => IsMeant(text) && text[Prefix.Length..].Split('/') is [{ Length: > 0 } strategy, var number]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var period) && period >= 2
            ? new PeriodicPlanProvider(strategy, period)
            : throw new FormatException($"'{text}': give periodic:STRATEGY/N, N of at least 2, for example periodic:wars/3.");

    /// <inheritdoc/>
    /// <exception cref="PlanMismatchException">The strategy is not known.</exception>
    public AttentionPlan GetPlan(PlanRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        PlanProfiles.RefuseProfile(request);
        return PeriodicPlans.Every(request.Model, request.Run.Guidance, request.Run.Steps, Strategy, Period);
    }
}
