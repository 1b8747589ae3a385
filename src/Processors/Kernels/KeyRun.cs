namespace DiTFastAttn.Processors.Kernels;

/// <summary>A row of the grid's keys as the three vectors of a tile see it; positions among the keys that take part.</summary>
internal unsafe struct KeyRun
{
    public int From;
    public int To;

    /// <summary>Where the first lane of a vector begins to see, …</summary>
    public fixed int AnyFrom[3];

    /// <summary>… and where the last one ends; equal where none sees anything.</summary>
    public fixed int AnyTo[3];

    /// <summary>Where all lanes of a vector have begun to see, …</summary>
    public fixed int AllFrom[3];

    /// <summary>… and where the first one ends; equal where there is no such key.</summary>
    public fixed int AllTo[3];
}
