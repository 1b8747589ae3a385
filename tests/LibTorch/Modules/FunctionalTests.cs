using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests.Modules;

public sealed class FunctionalTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public FunctionalTests() => manual_seed(3);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Losses_reduce_as_asked()
    {
        var (x, y) = (tensor([1f, 2f, 4f]), tensor([0f, 4f, 4f]));

        nn.functional.mse_loss(x, y).item<float>().ShouldBe(5f / 3, 1e-6f);
        nn.functional.mse_loss(x, y, nn.Reduction.Sum).item<float>().ShouldBe(5f);
        nn.functional.mse_loss(x, y, nn.Reduction.None).ShouldBeNear([1, 4, 0]);
        nn.functional.l1_loss(x, y).item<float>().ShouldBe(1f);
    }

    [Fact]
    public void Cross_entropy_is_the_negative_log_probability_of_the_class()
    {
        var logits = tensor([1f, 2f, 3f, 0f, 0f, 0f], [2, 3]);
        var classes = tensor([2L, 0L]);
        var first = -Math.Log(Math.Exp(3) / (Math.Exp(1) + Math.Exp(2) + Math.Exp(3)));

        nn.functional.cross_entropy(logits, classes).item<float>().ShouldBe((float)((first + Math.Log(3)) / 2), 1e-5f);
        nn.functional.cross_entropy(logits, classes, ignore_index: 0).item<float>().ShouldBe((float)first, 1e-5f);
        nn.functional.cross_entropy(logits, classes, tensor([1f, 1f, 0f]), reduction: nn.Reduction.Sum).item<float>().ShouldBe((float)Math.Log(3), 1e-5f);
    }

    [Fact]
    public void One_hot_marks_each_index()
    {
        nn.functional.one_hot(tensor([2L, 0L])).ShouldBeNear([0, 0, 1, 1, 0, 0]);
        nn.functional.one_hot(tensor([1L]), 4).shape.ShouldBe([1L, 4L]);
        Should.Throw<ArgumentException>(() => nn.functional.one_hot(tensor([1f]))).Message.ShouldContain("Float32");
    }

    [Fact]
    public void Padding_goes_by_pairs_from_the_last_dimension()
    {
        var x = tensor([1f, 2f, 3f, 4f], [1, 2, 2]);

        nn.functional.pad(x, (1, 0), value: 9).ShouldBeNear([9, 1, 2, 9, 3, 4]);
        nn.functional.pad(x, (0, 0, 0, 1)).ShouldBeNear([1, 2, 3, 4, 0, 0]);
        nn.functional.pad(x, [0, 1], PaddingModes.Replicate).ShouldBeNear([1, 2, 2, 3, 4, 4]);
        nn.functional.pad(x, [0, 1], PaddingModes.Reflect).ShouldBeNear([1, 2, 1, 3, 4, 3]);
        nn.functional.pad(x, [0, 1], PaddingModes.Circular).ShouldBeNear([1, 2, 1, 3, 4, 3]);
        nn.functional.pad(x, [0, -1]).ShouldBeNear([1, 3]);
        nn.functional.pad(x, 1).shape.ShouldBe([3L, 4L, 4L]);
    }

    [Fact]
    public void Interpolation_resizes_by_size_and_by_factor()
    {
        var x = tensor([1f, 2f, 3f, 4f], [1, 1, 2, 2]);

        nn.functional.interpolate(x, scale_factor: [2]).ShouldBeNear([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
        nn.functional.interpolate(x, size: [2, 3], mode: InterpolationMode.Bilinear, align_corners: true).ShouldBeNear([1, 1.5, 2, 3, 3.5, 4]);
        nn.functional.interpolate(x, size: [1], mode: InterpolationMode.Area).ShouldBeNear([2.5]);
        nn.functional.interpolate(x, size: [3, 3], mode: InterpolationMode.Bicubic, align_corners: true).shape.ShouldBe([1L, 1L, 3L, 3L]);
        nn.functional.interpolate(randn(1, 1, 8, 8), size: [4, 4], mode: InterpolationMode.Bilinear, antialias: true).shape.ShouldBe([1L, 1L, 4L, 4L]);
        nn.functional.interpolate(ones([1, 1, 2, 2, 2]), scale_factor: [1, 2, 2], mode: InterpolationMode.Trilinear).shape.ShouldBe([1L, 1L, 2L, 4L, 4L]);
        nn.functional.interpolate(tensor([1f, 3f], [1, 1, 2]), size: [3], mode: InterpolationMode.Linear, align_corners: true).ShouldBeNear([1, 2, 3]);
        nn.functional.interpolate(tensor([1f, 3f], [1, 1, 2]), scale_factor: [1.5], mode: InterpolationMode.NearestExact).ShouldBeNear([1, 3, 3]);
    }

    [Fact]
    public void Interpolation_says_what_is_wrong()
    {
        var x = ones(1, 1, 2, 2);

        Should.Throw<ArgumentException>(() => nn.functional.interpolate(x)).Message.ShouldContain("size or scale_factor");
        Should.Throw<ArgumentException>(() => nn.functional.interpolate(x, size: [1, 2, 3])).Message.ShouldContain("3 numbers");
        Should.Throw<ArgumentException>(() => nn.functional.interpolate(x, size: [4], align_corners: true)).Message.ShouldContain("align_corners");
        Should.Throw<ArgumentException>(() => nn.functional.interpolate(x, size: [4], mode: InterpolationMode.Trilinear)).Message.ShouldContain("Trilinear");
    }

    [Fact]
    public void Normalize_divides_by_the_norm()
    {
        nn.functional.normalize(tensor([3f, 4f, 0f, 0f], [2, 2])).ShouldBeNear([0.6, 0.8, 0, 0]);
    }

    [Fact]
    public void Initial_values_have_their_distributions()
    {
        var x = zeros(200, 300);

        nn.init.xavier_uniform_(x).ShouldBeSameAs(x);
        x.abs().max().item<float>().ShouldBe((float)Math.Sqrt(6.0 / 500), 1e-4f);
        Deviation(nn.init.xavier_normal_(x)).ShouldBe(Math.Sqrt(2.0 / 500), 1e-3);
        Deviation(nn.init.kaiming_normal_(x, nonlinearity: nn.init.NonlinearityType.ReLU)).ShouldBe(Math.Sqrt(2.0 / 300), 1e-3);
        nn.init.kaiming_uniform_(x, mode: nn.init.FanInOut.FanOut).abs().max().item<float>().ShouldBe((float)Math.Sqrt(6.0 / 200), 1e-3f);
        Deviation(nn.init.normal_(x, 1, 0.02)).ShouldBe(0.02, 1e-3);
        nn.init.trunc_normal_(x, std: 0.5, a: -0.5, b: 1);
        x.min().item<float>().ShouldBe(-0.5f, 1e-3f);
        x.max().item<float>().ShouldBe(1f, 1e-3f);
        // The mean of a normal distribution of deviation σ within [a, b]: σ (φ(a/σ) − φ(b/σ)) / (Φ(b/σ) − Φ(a/σ)).
        x.mean().item<float>().ShouldBe(0.5f * (0.24197f - 0.05399f) / (0.97725f - 0.15866f), 3e-3f);
        nn.init.uniform_(x, 2, 3).min().item<float>().ShouldBe(2f, 1e-3f);
        nn.init.constant_(x, 4).mean().item<float>().ShouldBe(4f);
        nn.init.CalculateFanInAndFanOut(zeros(8, 4, 3, 3)).ShouldBe((36, 72));
        Should.Throw<ArgumentException>(() => nn.init.xavier_uniform_(zeros(3)));
    }

    [Fact]
    public void A_generator_repeats_initial_values()
    {
        using var first = new Generator(5);
        using var second = new Generator(5);

        nn.init.normal_(zeros(10), generator: first).ShouldBeNear(nn.init.normal_(zeros(10), generator: second), 0);
    }

    [Fact]
    public void Clipping_scales_the_gradients_to_the_norm()
    {
        using var a = nn.Parameter(zeros(2));
        using var b = nn.Parameter(zeros(1));
        using var without = nn.Parameter(zeros(1));
        a.grad = tensor([3f, 0f]);
        b.grad = tensor([4f]);

        nn.utils.clip_grad_norm_([a, b, without], 10).ShouldBe(5, 1e-6);
        a.grad!.ShouldBeNear([3, 0]);
        nn.utils.clip_grad_norm_([a, b, without], 1).ShouldBe(5, 1e-6);
        a.grad!.ShouldBeNear([0.6, 0]);
        b.grad!.ShouldBeNear([0.8]);
        nn.utils.clip_grad_value_([a, b], 0.5);
        b.grad!.ShouldBeNear([0.5]);
        nn.utils.clip_grad_norm_([without], 1).ShouldBe(0);
    }

    [Fact]
    public void Parameters_become_a_vector_and_back()
    {
        using var a = nn.Parameter(tensor([1f, 2f, 3f, 4f], [2, 2]));
        using var b = nn.Parameter(tensor([5f]));

        using var vector = nn.utils.parameters_to_vector([a, b]).detach();
        vector.ShouldBeNear([1, 2, 3, 4, 5]);
        nn.utils.vector_to_parameters(vector * 2, [a, b]);

        a.ShouldBeNear([2, 4, 6, 8]);
        b.ShouldBeNear([10]);
    }

    private static double Deviation(Tensor x) => x.std().item<float>();
}
