namespace DiTFastAttn.Models.Schedulers;

/// <summary>The weights ρ of UniPC's differences (Zhao et al. 2023, arXiv 2302.04867, theorem 3.1).</summary>
internal static class UniPCWeights
{
    /// <summary>Solves Σₖ rₖ^(j−1)·ρₖ = b_j, j = 1 …, where b_j = j!·φ_{j+1}(h)·h/B(h).</summary>
    /// <param name="points">rₖ, where the differences are taken; the corrector's last is 1.</param>
    /// <param name="h">Signed length of the step in λ.</param>
    /// <param name="phi">e^h − 1</param>
    /// <param name="b">B(h)</param>
    /// <returns>A weight for each point; for a single one ½ without solving, as the authors do.</returns>
    public static double[] Solve(double[] points, double h, double phi, double b)
    {
        var count = points.Length;
        if (count <= 1)
        {
            return [.. Enumerable.Repeat(0.5, count)];
        }

        // [R | b], row j holds r^j.
        var rows = new double[count][];
        var (q, factorial) = ((phi / h) - 1, 1.0);
        for (var j = 0; j < count; j++)
        {
            rows[j] = [.. points.Select(r => Math.Pow(r, j)), q * factorial / b];
            factorial *= j + 2;
            q = (q / h) - (1 / factorial);
        }

        return Eliminate(rows);
    }

    private static double[] Eliminate(double[][] rows)
    {
        var count = rows.Length;
        for (var column = 0; column < count; column++)
        {
            var pivot = Enumerable.Range(column, count - column).MaxBy(i => Math.Abs(rows[i][column]));
            (rows[column], rows[pivot]) = (rows[pivot], rows[column]);
            for (var i = 0; i < count; i++)
            {
                var factor = i == column ? 0 : rows[i][column] / rows[column][column];
                for (var k = column; k <= count; k++)
                {
                    rows[i][k] -= factor * rows[column][k];
                }
            }
        }

        return [.. rows.Select((row, i) => row[count] / row[i])];
    }
}
