namespace DiTFastAttn.Generators.Plans;

/// <summary>A strategy that a plan can name.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ClassName">Its class and assembly, for messages.</param>
/// <param name="IsDecorator">Whether it stands around another one; <see langword="null"/> where that shows at run time only.</param>
/// <param name="Traits">What is known of it; <see langword="null"/> for what its object says at run time.</param>
internal sealed record DeclaredStrategy(string Id, string ClassName, bool? IsDecorator, StrategyTraits? Traits = null);
