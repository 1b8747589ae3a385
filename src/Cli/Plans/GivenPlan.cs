using DiTFastAttn.Hosting.Plans;

namespace DiTFastAttn.Cli.Plans;

/// <summary>A plan that the user names, read before the model is attached: a file, or <c>periodic:STRATEGY/N</c>.</summary>
/// <param name="Name">As it is named, for messages.</param>
/// <param name="Provider">What gives runs the plan.</param>
internal sealed record GivenPlan(string Name, IPlanProvider Provider)
{
    /// <summary>Whether it is of sub-layers too, so that the model has to be attached with them.</summary>
    public bool HasSubLayers => Provider is FixedPlanProvider { Plan.Model.HasSubLayers: true } or AuthorsPlan { HasFeedForwards: true };

    /// <summary>Reads a plan.</summary>
    /// <param name="option">The option that names it, for the message.</param>
    /// <param name="name">Its value.</param>
    /// <exception cref="UserErrorException">It is no plan.</exception>
    public static GivenPlan Of(string option, string name) => new(name, PlanInput.Provider(option, name));

    /// <summary>The plan for a run.</summary>
    /// <param name="model">The model.</param>
    /// <param name="request">What the run will be.</param>
    /// <exception cref="UserErrorException">It does not fit; the message names file, field and both values.</exception>
    public AttentionPlan For(AttachedModel model, RunRequest request)
    {
        var plan = Provider.GetPlan(new PlanRequest(model, request));
        PlanInput.Check(Name, plan, model, request);
        return plan;
    }
}
