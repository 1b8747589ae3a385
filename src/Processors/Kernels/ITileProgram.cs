namespace DiTFastAttn.Processors.Kernels;

/// <summary>Work cut into tiles that may be computed in any order by any thread.</summary>
internal interface ITileProgram
{
    int CountTiles(in AttentionProblem problem);

    /// <summary>Floats of scratch memory that <see cref="Compute"/> needs.</summary>
    int ScratchFloats(in AttentionProblem problem);

    /// <summary>Computes a tile. Neighbouring tiles belong to one head, so a thread is best given runs of them.</summary>
    void Compute(in AttentionProblem problem, int tile, TileWorkspace workspace);
}
