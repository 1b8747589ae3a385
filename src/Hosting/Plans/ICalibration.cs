namespace DiTFastAttn.Hosting.Plans;

/// <summary>Generates the samples on which plans are searched: those that the search has to get right.</summary>
public interface ICalibration
{
    /// <summary>Begins a generation of all calibration samples, with the model that is attached, from the same noise every time.</summary>
    /// <param name="request">The run that the plan is for: steps and guidance have to be the same.</param>
    /// <returns>A trajectory at its first step, owned by the caller.</returns>
    IDenoisingTrajectory Begin(PlanRequest request);
}
