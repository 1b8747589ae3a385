using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// A trial computes the blocks from its site's on: the tokens before them are kept. The first of them is computed with its state, in a fork of the run, so
/// that of an accepted trial it need not be computed again; a block that stays as it was is computed for good, and its state kept, when its last site is
/// decided. So the step's real call is done when the last site is. Beside what whole calls hold it holds two tensors <c>[B, L, d]</c>, the tokens
/// before and behind the block that is being decided, and that block's state twice.
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
    private Tried? _tried;

    /// <inheritdoc/>
    public override int Blocks => _sitesThrough?.Length ?? 0;

    /// <inheritdoc/>
    public override Tensor Reference()
    {
        Begin();
        using var embedded = _chain!.Embed();
        return Finish(full, embedded.alias(), firstBlock: 0);
    }

    /// <inheritdoc/>
    public override Tensor Try(IReadOnlyList<string> row, int firstChange)
    {
        Begin();
        _tried?.Dispose();
        _tried = new Tried(row, run.Fork());
        using (_tried.Run.TakePart(row))
        {
            _tried.Tokens = Apply(_block, _tokens!).DetachFromDisposeScope();
        }

        return Finish(row, _tried.Tokens.alias(), _block + 1);
    }

    /// <inheritdoc/>
    public override void Decide(IReadOnlyList<string> row, int site)
    {
        Begin();
        using var tried = _tried?.Row.SequenceEqual(row) == true ? _tried : null;
        if (tried is null)
        {
            _tried?.Dispose();
        }

        _tried = null;
        for (var isFirst = true; _block < _chain!.Blocks && _sitesThrough![_block] <= site + 1; isFirst = false)
        {
            if (isFirst && tried is not null)
            {
                run.Adopt(tried.Run, _block == 0 ? 0 : _sitesThrough[_block - 1], _sitesThrough[_block]);
                Advance(tried.Tokens!.alias());
            }
            else
            {
                using var call = run.TakePart(row);
                Advance(Apply(_block, _tokens!));
            }
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
                Advance(Apply(_block, _tokens!));
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

    /// <summary>The output of a call that leaves no state, from a block on; ends the life of the tokens before it.</summary>
    private Tensor Finish(IReadOnlyList<string> row, Tensor before, int firstBlock)
    {
        var tokens = before;
        using (run.Try(row))
        {
            for (var block = firstBlock; block < _chain!.Blocks; block++)
            {
                using var previous = tokens;
                tokens = Apply(block, previous);
            }
        }

        using (tokens)
        {
            return _chain.Finish(tokens);
        }
    }

    private Tensor Apply(int block, Tensor tokens)
    {
        BlockEvaluations++;
        return _chain!.Apply(block, tokens);
    }

    private void Advance(Tensor behind)
    {
        _tokens!.Dispose();
        _tokens = behind.DetachFromDisposeScope();
        _block++;
    }

    private void End()
    {
        _tried?.Dispose();
        _tokens?.Dispose();
        _chain?.Dispose();
        (_tried, _tokens, _chain) = (null, null, null);
    }

    /// <summary>The first block of the last trial.</summary>
    private sealed class Tried(IReadOnlyList<string> row, TrialRun run) : IDisposable
    {
        /// <summary>The trial's strategies, as a copy that no later decision changes.</summary>
        public IReadOnlyList<string> Row { get; } = [.. row];

        /// <summary>Holds the block's state.</summary>
        public TrialRun Run => run;

        /// <summary>The tokens behind the block.</summary>
        public Tensor? Tokens { get; set; }

        public void Dispose()
        {
            Tokens?.Dispose();
            run.Dispose();
        }
    }
}
