using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// What moves do together, to first order: e = e₀ + Σ d_m with the error e₀ of the plan's result and the change d_m that each move alone makes in it, both
/// measured. By sample, ‖e‖² follows from the inner products of these, so errors that cancel are seen.
/// </summary>
internal sealed class MoveModel
{
    private readonly PlanMove[] _moves;

    // [sample][i][j]; index 0 is the error of the plan, 1 + m the change by move m.
    private readonly double[][][] _products;

    /// <summary>The inner products.</summary>
    /// <param name="error">e₀, <c>[n, D]</c>, each sample by the norm of its result; borrowed.</param>
    /// <param name="changes">d_m, <c>[n, D]</c> each, in the same measure; borrowed.</param>
    /// <param name="moves">The moves.</param>
    public MoveModel(Tensor error, IReadOnlyList<Tensor> changes, IReadOnlyList<PlanMove> moves)
    {
        _moves = [.. moves];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var all = stack([error, .. changes], 1); // (1 + M) of [n, D] -> [n, 1 + M, D]
        var products = all.matmul(all.transpose(1, 2)).to(ScalarType.Float64).cpu(); // [n, 1 + M, 1 + M]
        var values = products.data<double>().ToArray();
        var size = moves.Count + 1;
        _products = [.. Enumerable.Range(0, (int)error.shape[0]).Select(sample => Enumerable.Range(0, size)
            .Select(row => values.AsSpan((sample * size * size) + (row * size), size).ToArray()).ToArray())];
    }

    /// <summary>
    /// Chooses moves, at most one a cell: those that lower the logarithm of ‖e‖² most, by the mean over the samples less its standard error (<see cref="SampleGain"/>);
    /// found by adding, dropping and exchanging.
    /// </summary>
    /// <param name="most">The most moves.</param>
    /// <param name="spare">What the plan may still cost more, by each price.</param>
    /// <param name="isOpen">Whether a move may be chosen.</param>
    /// <returns>The moves, by index; none where nothing is gained.</returns>
    public IReadOnlyList<int> Choose(int most, IReadOnlyList<long> spare, Func<int, bool> isOpen)
    {
        int[] open = [.. Enumerable.Range(0, _moves.Length).Where(isOpen)];
        var left = spare.ToArray();
        var chosen = new List<int>();
        var state = new State(this);
        for (var changes = 0; changes < 4 * most; changes++)
        {
            var best = state.Value - 1e-6;
            (int? Drop, int? Add, int? Also) step = (null, null, null);
            foreach (var drop in chosen.Select(m => (int?)m).Prepend(null))
            {
                if (drop is not null)
                {
                    Consider(drop, null, null);
                }

                foreach (var add in open.Where(m => IsFree(m, drop)))
                {
                    if (chosen.Count - (drop is null ? 0 : 1) < most)
                    {
                        Consider(drop, add, null);
                    }

                    // Two at once where one pays for the other.
                    if (drop is null && chosen.Count + 1 < most && Array.Exists(_moves[add].Prices, price => price < 0))
                    {
                        foreach (var also in open.Where(m => Array.Exists(_moves[m].Prices, price => price > 0) && IsFree(m, null) && _moves[m].Cell != _moves[add].Cell))
                        {
                            Consider(null, add, also);
                        }
                    }
                }
            }

            if (step == (null, null, null))
            {
                break;
            }

            if (step.Drop is { } dropped)
            {
                chosen.Remove(dropped);
                Make(dropped, -1);
            }

            foreach (var added in new[] { step.Add, step.Also }.OfType<int>())
            {
                chosen.Add(added);
                Make(added, 1);
            }

            void Consider(int? drop, int? add, int? also)
            {
                if (Fits(drop, add, also) && state.With(drop, add, also) is var value && value < best)
                {
                    (best, step) = (value, (drop, add, also));
                }
            }
        }

        return chosen;

        bool IsFree(int move, int? drop) => !chosen.Exists(m => m != drop && _moves[m].Cell == _moves[move].Cell);

        bool Fits(int? drop, int? add, int? also)
        {
            for (var i = 0; i < left.Length; i++)
            {
                var price = (add is { } a ? _moves[a].Prices[i] : 0) + (also is { } b ? _moves[b].Prices[i] : 0) - (drop is { } d ? _moves[d].Prices[i] : 0);
                if (price > left[i])
                {
                    return false;
                }
            }

            return true;
        }

        void Make(int move, int sign)
        {
            for (var i = 0; i < left.Length; i++)
            {
                left[i] -= sign * _moves[move].Prices[i];
            }

            state.Apply(move, sign);
        }
    }

    /// <summary>The error with the moves that are chosen, kept up to date.</summary>
    private sealed class State
    {
        private readonly double[][][] _products;
        private readonly double[] _squares;
        private readonly double[][] _toAll;
        private readonly double[] _gains;

        public State(MoveModel model)
        {
            _products = model._products;
            _squares = Array.ConvertAll(_products, sample => sample[0][0]);
            _toAll = Array.ConvertAll(_products, sample => (double[])sample[0].Clone());
            _gains = new double[_products.Length];
            Value = With(null, null, null);
        }

        public double Value { get; private set; }

        public double With(int? drop, int? add, int? also)
        {
            for (var sample = 0; sample < _products.Length; sample++)
            {
                var (products, to) = (_products[sample], _toAll[sample]);
                var square = _squares[sample];
                if (drop is { } d)
                {
                    square += products[d + 1][d + 1] - (2 * to[d + 1]);
                }

                if (add is { } a)
                {
                    square += products[a + 1][a + 1] + (2 * to[a + 1]) - (drop is { } without ? 2 * products[without + 1][a + 1] : 0);
                    if (also is { } b)
                    {
                        square += products[b + 1][b + 1] + (2 * to[b + 1]) + (2 * products[a + 1][b + 1]);
                    }
                }

                // No sum of moves is trusted to leave less than a thousandth.
                _gains[sample] = products[0][0] > 0 ? -Math.Log(Math.Max(square / products[0][0], 1e-3)) : 0;
            }

            return -SampleGain.Certain(_gains);
        }

        public void Apply(int move, int sign)
        {
            for (var sample = 0; sample < _products.Length; sample++)
            {
                var row = _products[sample][move + 1];
                var to = _toAll[sample];
                _squares[sample] += row[move + 1] + (2 * sign * to[move + 1]);
                for (var i = 0; i < to.Length; i++)
                {
                    to[i] += sign * row[i];
                }
            }

            Value = With(null, null, null);
        }
    }
}
