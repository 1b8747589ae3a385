using System.Numerics;

namespace DiTFastAttn.Cli.Run;

/// <summary>
/// NumPy's <c>np.random.seed</c> and <c>np.random.randint</c>, bit for bit: the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), masked and
/// rejected. The authors' scripts choose their prompts and classes by it.
/// </summary>
internal sealed class NumpyRandom
{
    private const int Length = 624;
    private const int Middle = 397;

    private readonly uint[] _state = new uint[Length];
    private int _next = Length;

    /// <summary>Seeds the generator.</summary>
    /// <param name="seed">0 to 2³² − 1.</param>
    public NumpyRandom(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < Length; i++)
        {
            _state[i] = (1812433253U * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i;
        }
    }

    /// <summary>The next whole number from 0 to below <paramref name="count"/>.</summary>
    /// <param name="count">At least 1.</param>
    public int NextBelow(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var most = (uint)count - 1;
        if (most == 0)
        {
            return 0;
        }

        var mask = uint.MaxValue >> BitOperations.LeadingZeroCount(most);
        uint value;
        do
        {
            value = NextBits() & mask;
        }
        while (value > most);

        return (int)value;
    }

    private uint NextBits()
    {
        if (_next == Length)
        {
            Twist();
        }

        var bits = _state[_next++];
        bits ^= bits >> 11;
        bits ^= (bits << 7) & 0x9D2C5680U;
        bits ^= (bits << 15) & 0xEFC60000U;
        return bits ^ (bits >> 18);
    }

    private void Twist()
    {
        for (var i = 0; i < Length; i++)
        {
            var pair = (_state[i] & 0x80000000U) | (_state[(i + 1) % Length] & 0x7FFFFFFFU);
            _state[i] = _state[(i + Middle) % Length] ^ (pair >> 1) ^ ((pair & 1) * 0x9908B0DFU);
        }

        _next = 0;
    }
}
