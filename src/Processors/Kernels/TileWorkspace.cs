namespace DiTFastAttn.Processors.Kernels;

/// <summary>What a thread keeps between the tiles it computes: its memory, and the head that it packed last.</summary>
internal sealed unsafe class TileWorkspace
{
    private readonly AlignedFloats _scratch = new();

    /// <summary>Keys and values of the head at hand.</summary>
    public PackedHead Head { get; } = new();

    /// <summary>Memory for one tile, aligned to 64 bytes.</summary>
    public float* Scratch { get; private set; }

    /// <summary>Gets ready for the tiles of a problem.</summary>
    public void Begin(ITileProgram program, in AttentionProblem problem)
    {
        Scratch = _scratch.Reserve(program.ScratchFloats(problem));
        Head.Begin(problem);
    }
}
