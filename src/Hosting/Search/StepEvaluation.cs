using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>How the greedy search gets the model outputs of one step: sites are decided in forward order, and tried before they are.</summary>
internal abstract class StepEvaluation : IDisposable
{
    /// <summary>Blocks computed so far; where the model's blocks are not known, the whole model is one.</summary>
    public long BlockEvaluations { get; protected set; }

    /// <summary>Blocks of one model call.</summary>
    public abstract int Blocks { get; }

    /// <summary>The output with <c>full</c> everywhere; leaves no state. At any time in the step.</summary>
    public abstract Tensor Reference();

    /// <summary>The output with a row that leaves no state.</summary>
    /// <param name="row">Strategy ids.</param>
    /// <param name="firstChange">The first site that is not yet decided: those before it are as decided.</param>
    public abstract Tensor Try(IReadOnlyList<string> row, int firstChange);

    /// <summary>Tells that a site is decided.</summary>
    /// <param name="row">Strategy ids, right up to the site.</param>
    /// <param name="site">The site.</param>
    public abstract void Decide(IReadOnlyList<string> row, int site);

    /// <summary>The step's real output; its state is kept.</summary>
    /// <param name="row">Strategy ids, all decided.</param>
    public abstract Tensor Take(IReadOnlyList<string> row);

    /// <inheritdoc/>
    public abstract void Dispose();
}
