using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests.Modules;

public sealed class LayerTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public LayerTests() => manual_seed(7);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Linear_multiplies_by_the_transposed_weight_and_adds_the_bias()
    {
        var layer = nn.Linear(nn.Parameter(tensor([1f, 2f, 3f, 4f, 5f, 6f], [2, 3])), nn.Parameter(tensor([10f, 20f])));

        layer.forward(tensor([1f, 0f, -1f], [1, 3])).ShouldBeNear([10 - 2, 20 - 2]);
        (layer.in_features, layer.out_features).ShouldBe((3, 2));
        Should.Throw<ExternalException>(() => layer.forward(ones(1, 4)));
    }

    [Fact]
    public void Linear_starts_uniform_within_the_inverse_root_of_its_inputs()
    {
        var layer = nn.Linear(400, 300);

        layer.weight.abs().max().item<float>().ShouldBeInRange(0.0499f, 0.05f);
        layer.bias!.abs().max().item<float>().ShouldBeInRange(0.045f, 0.05f);
        layer.weight.mean().item<float>().ShouldBe(0, 1e-3f);
        nn.Linear(4, 2, hasBias: false).bias.ShouldBeNull();
    }

    [Fact]
    public void Layer_norm_gives_mean_0_and_variance_1_then_scales_and_shifts()
    {
        var layer = nn.LayerNorm(4, eps: 0);
        layer.weight = nn.Parameter(tensor([1f, 2f, 3f, 4f]));
        layer.bias = nn.Parameter(tensor([0f, 0f, 0f, 1f]));
        // mean 3, deviation √3.5
        var deviation = Math.Sqrt(3.5);

        layer.forward(tensor([1f, 3f, 2f, 6f], [1, 4])).ShouldBeNear([-2 / deviation, 0, -1 / deviation * 3, (3 / deviation * 4) + 1]);
    }

    [Fact]
    public void Layer_norm_without_affine_has_no_parameters()
    {
        var layer = nn.LayerNorm([2, 3], elementwise_affine: false, eps: 1e-6);
        var x = randn(5, 2, 3);
        var flat = x.reshape(5, 6);
        var expected = (flat - flat.mean([1], keepdim: true)) / (flat.var([1], unbiased: false, keepdim: true) + 1e-6).sqrt();

        layer.parameters().ShouldBeEmpty();
        layer.forward(x).ShouldBeNear(expected.reshape(5, 2, 3));
        nn.LayerNorm(3, bias: false).state_dict().Keys.ShouldBe(["weight"]);
    }

    [Fact]
    public void Group_norm_normalises_each_group_of_channels()
    {
        var layer = nn.GroupNorm(2, 4, eps: 1e-5);
        layer.weight = nn.Parameter(tensor([1f, 2f, 3f, 4f]));
        layer.bias = nn.Parameter(tensor([0.5f, 0f, 0f, -0.5f]));
        var x = randn(3, 4, 5, 6);
        var groups = x.reshape(3, 2, 60);
        var normed = (groups - groups.mean([2], keepdim: true)) / (groups.var([2], unbiased: false, keepdim: true) + 1e-5).sqrt();
        var expected = (normed.reshape(3, 4, 5, 6) * layer.weight.reshape(1, 4, 1, 1)) + layer.bias.reshape(1, 4, 1, 1);

        layer.forward(x).ShouldBeNear(expected);
        Should.Throw<ArgumentException>(() => layer.forward(ones(2, 4)));
        nn.GroupNorm(2, 4).weight.data<float>().ToArray().ShouldAllBe(w => w == 1);
    }

    [Fact]
    public void Embedding_looks_up_rows_and_learns_them()
    {
        var layer = nn.Embedding(5, 3, padding_idx: 0);
        layer.weight!.shape.ShouldBe([5L, 3L]);
        layer.weight[0].ShouldBeNear([0, 0, 0]);

        var result = layer.forward(tensor([1L, 0L, 1L]));
        result.sum().backward();

        result[0].ShouldBeNear(layer.weight[1]);
        layer.weight.grad![1].ShouldBeNear([2, 2, 2]);
        layer.weight.grad![0].ShouldBeNear([0, 0, 0]);
        layer.state_dict().Keys.ShouldBe(["weight"]);
        Should.Throw<ArgumentException>(() => nn.Embedding(5, 3, padding_idx: 5)).Message.ShouldContain("5");
    }

    [Fact]
    public void Embedding_bounds_the_norm_of_what_it_looks_up()
    {
        var layer = nn.Embedding_from_pretrained(tensor([3f, 4f, 0.3f, 0.4f], [2, 2]), max_norm: 1);

        layer.forward(tensor([0L, 1L])).ShouldBeNear([0.6, 0.8, 0.3, 0.4]);
        layer.weight!.requires_grad.ShouldBeFalse();
    }

    [Fact]
    public void A_patch_convolution_is_a_linear_layer_over_patches()
    {
        var layer = nn.Conv2d(3, 8, kernel_size: 2, stride: 2);
        var x = randn(2, 3, 4, 6);
        var patches = nn.functional.unfold(x, 2, stride: 2).transpose(1, 2); // [2, 6, 12]
        var expected = nn.functional.linear(patches, layer.weight.reshape(8, 12), layer.bias).transpose(1, 2).reshape(2, 8, 2, 3);

        layer.forward(x).ShouldBeNear(expected);
        layer.state_dict().Keys.ShouldBe(["weight", "bias"]);
        layer.forward(x[0]).ShouldBeNear(expected[0]);
        Should.Throw<ArgumentException>(() => layer.forward(ones(2, 4, 4, 4))).Message.ShouldContain("3 channels");
    }

    [Fact]
    public void Convolution_pads_by_effect_and_by_mode()
    {
        var same = nn.Conv2d(1, 1, (3, 3), Padding.Same, bias: false);
        same.weight = nn.Parameter(ones(1, 1, 3, 3));
        var x = ones(1, 1, 2, 2);

        same.forward(x).ShouldBeNear([4, 4, 4, 4]);
        same.padding_mode = PaddingModes.Replicate;
        same.forward(x).ShouldBeNear([9, 9, 9, 9]);
        nn.Conv2d(1, 1, 2, Padding.Valid).forward(x).shape.ShouldBe([1L, 1L, 1L, 1L]);
        nn.Conv2d(1, 1, 3, padding: 1, padding_mode: PaddingModes.Reflect).forward(x).shape.ShouldBe([1L, 1L, 2L, 2L]);
        Should.Throw<ArgumentException>(() => nn.Conv2d(1, 1, 3, Padding.Same, stride: 2));
    }

    [Fact]
    public void Convolution_over_time_sums_over_three_directions()
    {
        var layer = nn.Conv3d(2, 4, (1, 2, 2), stride: (1, 2, 2), groups: 2, bias: false);
        layer.weight.shape.ShouldBe([4L, 1L, 1L, 2L, 2L]);
        var x = randn([1, 2, 3, 4, 4]);
        var frames = x.transpose(1, 2).reshape(3, 2, 4, 4); // [1, 2, 3, 4, 4] -> [3, 2, 4, 4]
        var expected = nn.functional.conv2d(frames, layer.weight.squeeze(2), strides: [2, 2], groups: 2); // [3, 4, 2, 2]

        layer.forward(x).ShouldBeNear(expected.transpose(0, 1).unsqueeze(0));
        nn.Conv3d(1, 1, 3, Padding.Same).forward(ones([1, 1, 2, 2, 2])).shape.ShouldBe([1L, 1L, 2L, 2L, 2L]);
    }

    [Fact]
    public void Activations_follow_their_formulas()
    {
        double[] xs = [-3, -1, 0, 0.5, 2];
        var x = tensor(xs);

        nn.SiLU().forward(x).ShouldBeNear([.. xs.Select(v => v / (1 + Math.Exp(-v)))], 1e-12);
        nn.ReLU().forward(x).ShouldBeNear([.. xs.Select(v => Math.Max(v, 0))]);
        nn.Tanh().forward(x).ShouldBeNear([.. xs.Select(Math.Tanh)], 1e-12);
        nn.Sigmoid().forward(x).ShouldBeNear([.. xs.Select(v => 1 / (1 + Math.Exp(-v)))], 1e-12);
        var erf = (x / Math.Sqrt(2)).erf();
        nn.GELU().forward(x).ShouldBeNear(0.5 * x * (1 + erf), 1e-12);
        // The tanh form is another function: up to 5e-4 away, and not within rounding.
        var cubic = Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x.pow(3)));
        var tanhForm = 0.5 * x * (1 + cubic.tanh());
        nn.GELU().forward(x).ShouldBeNear(tanhForm, 5e-4);
        (nn.GELU().forward(x) - tanhForm).abs().max().item<double>().ShouldBeGreaterThan(1e-5);
        nn.Softmax(0).forward(x).sum().item<double>().ShouldBe(1, 1e-12);
        nn.functional.log_softmax(x, 0).exp().ShouldBeNear(nn.functional.softmax(x, 0), 1e-12);
    }

    [Fact]
    public void In_place_activations_change_their_input_and_return_a_handle_of_their_own()
    {
        var x = tensor([-1f, 2f]);

        var y = nn.ReLU(inplace: true).forward(x);

        x.ShouldBeNear([0, 2]);
        y.ShouldNotBeSameAs(x);
        y.Dispose();
        x.ShouldBeNear([0, 2]);
    }

    [Fact]
    public void Dropout_drops_in_training_only()
    {
        var layer = nn.Dropout(0.25);
        var x = ones(10_000);

        var dropped = layer.forward(x);
        (dropped == 0).sum().item<long>().ShouldBeInRange(2300, 2700);
        dropped.max().item<float>().ShouldBe(1 / 0.75f, 1e-5f);
        layer.eval();
        layer.forward(x).ShouldBeNear(x, 0);
    }

    [Fact]
    public void Identity_gives_a_new_handle_to_the_same_values()
    {
        var x = randn(3);

        var y = nn.Identity().forward(x);

        y.ShouldNotBeSameAs(x);
        y.ShouldBeNear(x, 0);
    }
}
