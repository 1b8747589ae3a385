using DiTFastAttn.Hosting.Plans;
using Microsoft.Extensions.DependencyInjection;

namespace DiTFastAttn.Hosting;

/// <summary>Where plans come from. The last choice counts.</summary>
public static class PlanChoiceExtensions
{
    /// <summary>Gives every run this plan.</summary>
    /// <param name="choice">What <c>AddDiTFastAttn</c> returned, or a profile.</param>
    /// <param name="plan">The plan.</param>
    public static TChoice UsePlan<TChoice>(this TChoice choice, AttentionPlan plan)
        where TChoice : IPlanChoice
        => choice.UsePlanProvider(new FixedPlanProvider(plan));

    /// <summary>Gives every run the plan of a file.</summary>
    /// <param name="choice">What <c>AddDiTFastAttn</c> returned, or a profile.</param>
    /// <param name="path">A plan as <see cref="PlanFile"/> writes it; read at the first run.</param>
    public static TChoice UsePlanFile<TChoice>(this TChoice choice, string path)
        where TChoice : IPlanChoice
        => choice.UsePlanProvider(new FilePlanProvider(path));

    /// <summary>Gives every run a plan that is <c>full</c> every n-th step and one strategy between, for any number of steps: no search is needed.</summary>
    /// <param name="choice">What <c>AddDiTFastAttn</c> returned, or a profile.</param>
    /// <param name="strategy">The id between the full steps, for example <c>wars</c>.</param>
    /// <param name="period">n, at least 2.</param>
    public static TChoice UsePeriodicPlan<TChoice>(this TChoice choice, string strategy, int period)
        where TChoice : IPlanChoice
        => choice.UsePlanProvider(new PeriodicPlanProvider(strategy, period));

    /// <summary>Gives every run <c>full</c> everywhere: exact, and as slow as without a plan.</summary>
    /// <param name="choice">What <c>AddDiTFastAttn</c> returned, or a profile.</param>
    public static TChoice UseFullAttention<TChoice>(this TChoice choice)
        where TChoice : IPlanChoice
        => choice.UsePlanProvider(new FullPlanProvider());

    /// <summary>
    /// Searches a plan for every kind of run at its first need, by the paper's Algorithm 1, and remembers it. That takes minutes:
    /// <see cref="AttachedModel.PreparePlan"/> does it beforehand.
    /// </summary>
    /// <param name="choice">What <c>AddDiTFastAttn</c> returned, or a profile.</param>
    /// <param name="threshold">δ, above 0; the paper's settings D1 to D6 are .025, .05, .075, .1, .125, .15.</param>
    /// <param name="calibration">Begins a generation of calibration samples; left out, the service <see cref="ICalibration"/> does.</param>
    /// <param name="configure">More settings.</param>
    public static TChoice UseSearchedPlan<TChoice>(
        this TChoice choice,
        double threshold,
        Func<PlanRequest, IDenoisingTrajectory>? calibration = null,
        Action<SearchedPlanOptions>? configure = null)
        where TChoice : IPlanChoice
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threshold);
        var options = new SearchedPlanOptions();
        configure?.Invoke(options);
        return choice.UsePlanProvider(services =>
        {
            var begin = calibration ?? (services.GetService<ICalibration>() ?? throw new InvalidOperationException(
                "UseSearchedPlan finds no calibration samples: pass a function that begins their generation, or register an ICalibration.")).Begin;
            var source = new GreedyPlanSource(threshold, begin, options);
            return new SearchedPlanProvider(source.Search, options.Folder, source.Describe);
        });
    }

    /// <summary>Lets a provider of one's own choose.</summary>
    /// <param name="choice">What <c>AddDiTFastAttn</c> returned, or a profile.</param>
    /// <param name="provider">The provider.</param>
    public static TChoice UsePlanProvider<TChoice>(this TChoice choice, IPlanProvider provider)
        where TChoice : IPlanChoice
    {
        ArgumentNullException.ThrowIfNull(provider);
        return choice.UsePlanProvider(_ => provider);
    }

    /// <summary>Lets a provider of one's own choose.</summary>
    /// <param name="choice">What <c>AddDiTFastAttn</c> returned, or a profile.</param>
    /// <param name="create">Makes the provider, once.</param>
    public static TChoice UsePlanProvider<TChoice>(this TChoice choice, Func<IServiceProvider, IPlanProvider> create)
        where TChoice : IPlanChoice
    {
        ArgumentNullException.ThrowIfNull(choice);
        ArgumentNullException.ThrowIfNull(create);
        choice.ChooseProvider(create);
        return choice;
    }
}
