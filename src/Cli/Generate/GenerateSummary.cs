namespace DiTFastAttn.Cli.Generate;

/// <summary>What <c>generate</c> writes as JSON.</summary>
/// <param name="Model">The model's folder or file.</param>
/// <param name="Plan">The plan, as the user named it; nothing for full attention.</param>
/// <param name="Seconds">Seconds for the pictures that were made in this run, loading left out.</param>
/// <param name="Made">Pictures made in this run.</param>
/// <param name="Skipped">Pictures that were there already.</param>
/// <param name="Files">All pictures, in order.</param>
internal sealed record GenerateSummary(string Model, string? Plan, double Seconds, int Made, int Skipped, IReadOnlyList<string> Files);
