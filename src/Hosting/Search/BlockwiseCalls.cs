using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// A trial computes the blocks from its site's on: the tokens before them are kept, which is one tensor <c>[B, L, d]</c> more than whole calls hold. A
/// block whose sites are decided is computed for good at once, its state kept, so the step's real call is done when its last site is decided.
/// </summary>
/// <param name="run">The search's run.</param>
/// <param name="trajectory">The trajectory.</param>
/// <param name="full">A row with <c>full</c> everywhere.</param>
internal sealed class BlockwiseCalls(TrialRun run, IBlockwiseTrajectory trajectory, string[] full) : StepEvaluation
{
    // By block: the sites up to and with it. Found out at step 0, which is never tried.
    private int[]? _sitesThrough;
    private IBlockChain? _chain;
    private Tensor? _tokens;
    private int _block;

    /// <inheritdoc/>
    public override int Blocks => _sitesThrough?.Length ?? 0;

    /// <inheritdoc/>
    public override Tensor Reference()
    {
        Begin();
        using var embedded = _chain!.Embed();
        return Finish(full, embedded, firstBlock: 0);
    }

    /// <inheritdoc/>
    public override Tensor Try(IReadOnlyList<string> row, int firstChange)
    {
        Begin();
        return Finish(row, _tokens!, _block);
    }

    /// <inheritdoc/>
    public override void Decide(IReadOnlyList<string> row, int site)
    {
        Begin();
        using var call = run.TakePart(row);
        while (_block < _chain!.Blocks && _sitesThrough![_block] <= site + 1)
        {
            Advance();
        }
    }

    /// <inheritdoc/>
    public override Tensor Take(IReadOnlyList<string> row)
    {
        Begin();
        using (run.TakePart(row))
        {
            var through = new List<int>();
            while (_block < _chain!.Blocks)
            {
                Advance();
                through.Add(run.SitesCalled);
            }

            _sitesThrough ??= through[^1] == full.Length
                ? [.. through]
                : throw new InvalidOperationException($"the model's chain of blocks called {through[^1]} of its {full.Length} sites: all have to lie in blocks.");
        }

        run.EndStep();
        var output = _chain.Finish(_tokens!);
        End();
        return output;
    }

    /// <inheritdoc/>
    public override void Dispose() => End();

    private void Begin()
    {
        if (_chain is null)
        {
            _chain = trajectory.BeginPrediction();
            _tokens = _chain.Embed().DetachFromDisposeScope();
            _block = 0;
        }
    }

    /// <summary>The output of a call that leaves no state, from a block on.</summary>
    private Tensor Finish(IReadOnlyList<string> row, Tensor before, int firstBlock)
    {
        using var call = run.Try(row);
        var tokens = before.alias();
        for (var block = firstBlock; block < _chain!.Blocks; block++)
        {
            using var previous = tokens;
            tokens = _chain.Apply(block, previous);
            BlockEvaluations++;
        }

        using (tokens)
        {
            return _chain.Finish(tokens);
        }
    }

    private void Advance()
    {
        var before = _tokens!;
        _tokens = _chain!.Apply(_block++, before).DetachFromDisposeScope();
        before.Dispose();
        BlockEvaluations++;
    }

    private void End()
    {
        _tokens?.Dispose();
        _chain?.Dispose();
        (_tokens, _chain) = (null, null);
    }
}
