namespace DiTFastAttn.Models.Shapes;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): a stream of random numbers that is the same on every machine and runtime. Streams
/// are made from a seed and a number, so that the thousandth batch needs none of the batches before it.
/// </summary>
internal struct RandomStream
{
    private const ulong Step = 0x9E3779B97F4A7C15;

    private ulong _state;

    /// <summary>Begins a stream.</summary>
    /// <param name="seed">The seed of the whole run.</param>
    /// <param name="number">Which of its streams, for example the training step.</param>
    public RandomStream(long seed, long number = 0)
    {
        // Mixed twice, so that (seed, number + 1) is not the same stream one draw later.
        _state = Mix(Mix((ulong)seed + Step) ^ ((ulong)number * Step));
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextBits() => Mix(_state += Step);

    /// <summary>A number in [0, 1).</summary>
    public double NextUniform() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public float NextUniform(double low, double high) => (float)(low + ((high - low) * NextUniform()));

    /// <summary>A whole number from 0 to below <paramref name="count"/>.</summary>
    public int NextBelow(int count) => (int)(NextUniform() * count);

    private static ulong Mix(ulong bits)
    {
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
