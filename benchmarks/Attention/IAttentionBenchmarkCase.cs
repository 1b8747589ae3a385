namespace DiTFastAttn.Benchmarks.Attention;

/// <summary>A way to compute attention that <see cref="AttentionBenchmark"/> measures: one strategy at one layer.</summary>
public interface IAttentionBenchmarkCase
{
    /// <summary>The strategy's name: `full`, `wa`, `full+wa`, `wars`, `asc`, `wars+asc`, `ast`.</summary>
    string Strategy { get; }

    /// <summary>`kernel`: attention alone; `site`: with its projections.</summary>
    string Layer { get; }

    /// <summary>Makes what the measurement needs: tensors, models, an earlier step's state.</summary>
    /// <param name="setting">shape, window, device and dtype</param>
    /// <returns>The measurement, which the caller disposes, or null where the strategy does not apply to the shape.</returns>
    IAttentionMeasurement? Prepare(AttentionBenchmarkSetting setting);
}
