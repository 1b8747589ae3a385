namespace DiTFastAttn.Processors.Kernels;

/// <summary>Work cut into tiles that may be computed in any order by any thread.</summary>
internal unsafe interface ITileProgram
{
    int CountTiles(in AttentionProblem problem);

    /// <summary>Floats of scratch memory that <see cref="Compute"/> needs.</summary>
    int ScratchFloats(in AttentionProblem problem);

    /// <summary>Computes a tile; <paramref name="scratch"/> is aligned to 64 bytes and belongs to the calling thread.</summary>
    void Compute(in AttentionProblem problem, int tile, float* scratch);
}
