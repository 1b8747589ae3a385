using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

/// <summary>Noise that is a function of seed, picture and draw.</summary>
public sealed class PictureNoiseTests
{
    [Fact]
    public void A_picture_has_the_same_noise_alone_and_in_any_batch()
    {
        using var scope = NewDisposeScope();
        var batch = PictureNoise.Draw(3, [7, 2, 9], 0, 4, 5, 3);
        PictureNoise.Draw(3, [2], 0, 4, 5, 3)[0].data<float>().ToArray().ShouldBe(batch[1].data<float>().ToArray());
        PictureNoise.Draw(3, [2], 1, 4, 5, 3).equal(batch[1]).any().item<bool>().ShouldBeFalse();
        PictureNoise.Draw(4, [2], 0, 4, 5, 3).equal(batch[1]).any().item<bool>().ShouldBeFalse();
    }

    [Fact]
    public void It_is_standard_normal()
    {
        using var scope = NewDisposeScope();
        var noise = PictureNoise.Draw(0, [0, 1], 0, 4, 128, 128);
        noise.mean().item<float>().ShouldBe(0, 0.01f);
        noise.std().item<float>().ShouldBe(1, 0.01f);
        noise.pow(4).mean().item<float>().ShouldBe(3, 0.1f);
        (noise[0] * noise[1]).mean().item<float>().ShouldBe(0, 0.01f);
    }

    [Fact]
    public void Its_first_numbers_are_the_formulas()
    {
        // Computed apart, from the formula as it is written in the remarks.
        using var noise = PictureNoise.Draw(1, [0], 0, 4);
        var expected = Formula(seed: 1, picture: 0, draw: 0, count: 4);
        noise.data<float>().ToArray().ShouldBe(expected, 1e-6f);
    }

    private static float[] Formula(ulong seed, ulong picture, ulong draw, int count)
    {
        const ulong Gamma = 0x9E3779B97F4A7C15;
        var key = Mix(Mix(Mix(seed + Gamma) ^ ((picture + 1) * Gamma)) ^ ((draw + 1) * Gamma));
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var pair = (ulong)(i / 2);
            var u = ((Mix(key + (((2 * pair) + 1) * Gamma)) / 2048) + 1) / 9007199254740992.0;
            var v = (Mix(key + (((2 * pair) + 2) * Gamma)) / 2048) / 9007199254740992.0;
            var radius = Math.Sqrt(-2 * Math.Log(u));
            return (float)(radius * (i % 2 == 0 ? Math.Cos(2 * Math.PI * v) : Math.Sin(2 * Math.PI * v)));
        })];

        static ulong Mix(ulong z)
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
