namespace Demo;

/// <summary>Two things.</summary>
public sealed class Mine;
