namespace DiTFastAttn.Benchmarks.Attention;

/// <summary>One strategy, ready to be computed again and again.</summary>
public interface IAttentionMeasurement : IDisposable
{
    /// <summary>Name of the kernel that computes it.</summary>
    string Kernel { get; }

    /// <summary>Floating-point operations of one computation, two a multiply-accumulate.</summary>
    double Flops { get; }

    /// <summary>Computes once and returns when the result is there; leaves no tensors behind.</summary>
    void Compute();
}
