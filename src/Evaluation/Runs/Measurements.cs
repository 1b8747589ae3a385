using DiTFastAttn.Evaluation.Measures;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Runs;

/// <summary>What was measured of all pictures of a set, in their order.</summary>
/// <param name="measures">What was measured.</param>
/// <param name="records">A record a picture.</param>
internal sealed class Measurements(IReadOnlyList<IPictureMeasure> measures, MeasureRecord[] records)
{
    // Fixed, so that the order of additions does not depend on who measured.
    private const int StatisticsRows = 500;

    /// <summary>Places of pictures that could not be read.</summary>
    public IReadOnlyList<int> Skipped { get; } = [.. records.Where(record => record.IsSkipped).Select(record => record.Index)];

    /// <summary>Places of pictures that were measured.</summary>
    public IReadOnlyList<int> Measured { get; } = [.. records.Where(record => !record.IsSkipped).Select(record => record.Index)];

    /// <summary>Sizes of pictures, the most frequent first.</summary>
    public IReadOnlyList<(int Width, int Height, int Count)> Sizes { get; } =
        [.. records.Where(record => !record.IsSkipped)
            .GroupBy(record => (record.PixelWidth, record.PixelHeight))
            .Select(group => (group.Key.PixelWidth, group.Key.PixelHeight, group.Count()))
            .OrderByDescending(size => size.Item3).ThenBy(size => size.PixelWidth).ThenBy(size => size.PixelHeight)];

    /// <summary>A measure's numbers of the pictures that were measured, <c>[N, width]</c>; the caller owns them.</summary>
    public Tensor Rows(string measure)
    {
        var (first, width) = Place(measure);
        var values = new float[Measured.Count * width];
        for (var i = 0; i < Measured.Count; i++)
        {
            records[Measured[i]].Values.AsSpan(first, width).CopyTo(values.AsSpan(i * width));
        }

        return tensor(values).reshape(Measured.Count, width);
    }

    /// <summary>A column of a measure, of the pictures that were measured.</summary>
    public float[] Column(string measure, int column)
    {
        var (first, _) = Place(measure);
        return [.. Measured.Select(index => records[index].Values[first + column])];
    }

    /// <summary>Statistics of a measure, merged from parts of a fixed size in the pictures' order.</summary>
    public FeatureStatistics Statistics(string measure)
    {
        using var rows = Rows(measure);
        var statistics = new FeatureStatistics((int)rows.shape[1]);
        for (var first = 0L; first < rows.shape[0]; first += StatisticsRows)
        {
            using var part = rows.narrow(0, first, Math.Min(StatisticsRows, rows.shape[0] - first));
            statistics.Update(part);
        }

        return statistics;
    }

    private (int First, int Width) Place(string name)
    {
        var first = 0;
        foreach (var measure in measures)
        {
            if (measure.Name == name)
            {
                return (first, measure.Width);
            }

            first += measure.Width;
        }

        throw new InvalidOperationException($"'{name}' was not measured.");
    }
}
