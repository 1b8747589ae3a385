namespace DiTFastAttn.Plans.Reading;

/// <summary>Something wrong in the text of a plan.</summary>
/// <param name="Kind">What.</param>
/// <param name="Message">In words: the field, its value and what would be right.</param>
/// <param name="Start">Where in the text it begins.</param>
/// <param name="End">Behind its end.</param>
internal sealed record PlanFault(PlanFaultKind Kind, string Message, int Start, int End);
