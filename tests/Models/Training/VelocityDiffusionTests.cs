using DiTFastAttn.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests.Training;

public class VelocityDiffusionTests
{
    [Fact]
    public void The_clean_picture_comes_back_from_the_velocity()
    {
        using var scope = NewDisposeScope();
        using var diffusion = new VelocityDiffusion();
        using var generator = new Generator(1);
        var clean = randn([4, 3, 4, 4], generator: generator);
        var noise = randn([4, 3, 4, 4], generator: generator);
        var timesteps = tensor(new long[] { 0, 50, 500, 999 }, dtype: ScalarType.Int64);

        var (noisy, velocity) = diffusion.Diffuse(clean, noise, timesteps);

        (diffusion.Clean(noisy, velocity, timesteps) - clean).abs().max().item<float>().ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void Coefficients_are_those_of_the_linear_schedule()
    {
        using var scope = NewDisposeScope();
        using var diffusion = new VelocityDiffusion();
        var one = ones([2, 1, 1, 1]);
        var zero = zeros([2, 1, 1, 1]);
        var timesteps = tensor(new long[] { 0, 999 }, dtype: ScalarType.Int64);
        var product = Enumerable.Range(0, 1000).Select(t => 1 - (1e-4 + ((0.02 - 1e-4) * t / 999))).Aggregate((a, b) => a * b);

        var (alpha, minusSigma) = diffusion.Diffuse(one, zero, timesteps);
        var (sigma, alphaAgain) = diffusion.Diffuse(zero, one, timesteps);

        alpha.data<float>().ToArray().ShouldBe([MathF.Sqrt(.9999f), (float)Math.Sqrt(product)], 1e-5);
        sigma.data<float>().ToArray().ShouldBe([.01f, (float)Math.Sqrt(1 - product)], 1e-5);
        alphaAgain.data<float>().ToArray().ShouldBe(alpha.data<float>().ToArray());
        minusSigma.data<float>().ToArray().ShouldBe(sigma.data<float>().ToArray().Select(s => -s).ToArray());
    }
}
