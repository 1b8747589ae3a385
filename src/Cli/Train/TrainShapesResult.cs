using DiTFastAttn.Models.Training;

namespace DiTFastAttn.Cli.Train;

/// <summary>What <c>train shapes --json</c> writes.</summary>
/// <param name="Steps">Steps done in all, earlier runs included.</param>
/// <param name="Seconds">Time that this run took.</param>
/// <param name="Loss">Loss of every step, earlier runs included.</param>
/// <param name="Evaluations">The measurements in their order.</param>
/// <param name="Files">What was written: the model, and the checkpoint to go on from.</param>
internal sealed record TrainShapesResult(
    int Steps, double Seconds, IReadOnlyList<float> Loss, IReadOnlyList<TrainingEvaluation> Evaluations, IReadOnlyList<string> Files);
