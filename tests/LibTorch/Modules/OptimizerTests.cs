using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests.Modules;

public sealed class OptimizerTests : IDisposable
{
    private static readonly double[][] Gradients = [[0.5, -2], [0.1, 1], [-3, 0.2], [0.7, 0.7], [0, -1]];
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(0.0, false, false)]
    [InlineData(0.1, false, false)]
    [InlineData(0.1, true, false)]
    [InlineData(0.0, true, true)]
    public void Adam_follows_its_rule(double decay, bool amsgrad, bool maximize)
    {
        using var p = Parameter();
        using var optimizer = optim.Adam([p], lr: 0.1, beta1: 0.8, beta2: 0.9, eps: 1e-6, weight_decay: decay, amsgrad: amsgrad, maximize: maximize);

        Steps(optimizer, p).ShouldBeNear(
            Expected(decay: 0, added: decay, lr: 0.1, beta1: 0.8, beta2: 0.9, eps: 1e-6, amsgrad, maximize), 1e-12);
    }

    [Theory]
    [InlineData(0.0, false, false)]
    [InlineData(0.1, false, false)]
    [InlineData(0.1, true, true)]
    public void AdamW_decays_the_parameter_itself(double decay, bool amsgrad, bool maximize)
    {
        using var p = Parameter();
        using var optimizer = optim.AdamW([p], lr: 0.1, beta1: 0.8, beta2: 0.9, eps: 1e-6, weight_decay: decay, amsgrad: amsgrad, maximize: maximize);

        Steps(optimizer, p).ShouldBeNear(
            Expected(decay, added: 0, lr: 0.1, beta1: 0.8, beta2: 0.9, eps: 1e-6, amsgrad, maximize), 1e-12);
    }

    [Fact]
    public void AdamW_decays_nothing_unless_told_to()
    {
        using var p = Parameter();
        using var optimizer = optim.AdamW([p]);

        Steps(optimizer, p).ShouldBeNear(Expected(decay: 0, added: 0, lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, amsgrad: false, maximize: false), 1e-12);
        optimizer.Betas.ShouldBe((0.9, 0.999));
    }

    [Theory]
    [InlineData(0.0, 0.0, false)]
    [InlineData(0.9, 0.0, false)]
    [InlineData(0.9, 0.1, false)]
    [InlineData(0.9, 0.0, true)]
    public void Sgd_follows_its_rule(double momentum, double dampening, bool nesterov)
    {
        using var p = Parameter();
        using var optimizer = optim.SGD([p], 0.1, momentum, dampening, weight_decay: 0.01, nesterov);
        double[] w = [1, -1], sum = [0, 0];
        for (var t = 0; t < Gradients.Length; t++)
        {
            for (var i = 0; i < 2; i++)
            {
                var g = Gradients[t][i] + (0.01 * w[i]);
                sum[i] = t == 0 ? g : (momentum * sum[i]) + ((1 - dampening) * g);
                w[i] -= 0.1 * (momentum == 0 ? g : nesterov ? g + (momentum * sum[i]) : sum[i]);
            }
        }

        Steps(optimizer, p).ShouldBeNear(w, 1e-12);
    }

    [Fact]
    public void Groups_have_their_own_settings_and_learning_rates_can_be_set()
    {
        using var fast = Parameter();
        using var slow = Parameter();
        using var optimizer = optim.SGD([new SGD.ParamGroup([fast], lr: 1), new SGD.ParamGroup { Parameters = [slow] }], 0.5);
        List<optim.ILearningRateController> groups = [.. optimizer.ParamGroups];
        groups.Select(g => g.LearningRate).ShouldBe([1, 0.5]);
        groups[1].LearningRate = 0.25;
        groups[1].InitialLearningRate.ShouldBe(0.5);
        fast.grad = ones_like(fast);
        slow.grad = ones_like(slow);

        optimizer.step();

        fast.ShouldBeNear([0, -2]);
        slow.ShouldBeNear([0.75, -1.25]);
        optimizer.parameters().Count().ShouldBe(2);
    }

    [Fact]
    public void A_parameter_without_gradient_stays()
    {
        using var p = Parameter();
        using var optimizer = optim.AdamW([p], weight_decay: 0.5);

        optimizer.step();

        p.ShouldBeNear([1, -1], 0);
    }

    [Fact]
    public void Zero_grad_fills_with_zeros_and_step_returns_the_closures_loss()
    {
        using var p = Parameter();
        using var optimizer = optim.SGD([p], 0.1);

        var loss = optimizer.step(() =>
        {
            var value = (p * p).sum();
            value.backward();
            return value;
        });

        loss!.item<double>().ShouldBe(2);
        p.ShouldBeNear([0.8, -0.8]);
        optimizer.zero_grad();
        p.grad!.ShouldBeNear([0, 0], 0);
        optimizer.step().ShouldBeNull();
    }

    [Theory]
    [InlineData("Adam")]
    [InlineData("AdamW")]
    [InlineData("SGD")]
    public void A_saved_state_continues_as_if_nothing_had_happened(string name)
    {
        using var through = Parameter();
        using var restarted = Parameter();
        using var one = Make(name, through);
        using var before = Make(name, restarted);
        using var after = Make(name, restarted);
        foreach (var g in Gradients[..3]) Step(one, through, g);
        foreach (var g in Gradients[..3]) Step(before, restarted, g);

        using var stream = new MemoryStream();
        before.save_state_dict(new BinaryWriter(stream));
        stream.Position = 0;
        after.load_state_dict(new BinaryReader(stream));
        stream.Position.ShouldBe(stream.Length);
        after.state_dict().State[0].ApproximatelyEquals(before.state_dict().State[0]).ShouldBeTrue();
        foreach (var g in Gradients[3..]) Step(one, through, g);
        foreach (var g in Gradients[3..]) Step(after, restarted, g);

        restarted.ShouldBeNear(through, 0);
        after.state_dict().State[0].ApproximatelyEquals(before.state_dict().State[0]).ShouldBeFalse();
    }

    [Fact]
    public void A_state_dict_is_copied_between_optimizers()
    {
        using var p = Parameter();
        using var q = Parameter();
        using var source = optim.AdamW([p], lr: 0.3, amsgrad: true);
        using var target = optim.AdamW([q], lr: 0.1);
        Step(source, p, Gradients[0]);

        target.load_state_dict(source.state_dict());

        target.state_dict().State[0].ApproximatelyEquals(source.state_dict().State[0]).ShouldBeTrue();
        target.ParamGroups.Single().LearningRate.ShouldBe(0.3);
    }

    [Fact]
    public void A_state_of_another_optimizer_is_refused()
    {
        using var p = Parameter();
        using var adam = optim.Adam([p]);
        using var sgd = optim.SGD([p], 0.1);
        using var two = optim.Adam([p, Parameter()]);
        using var stream = new MemoryStream();
        adam.save_state_dict(new BinaryWriter(stream));

        Should.Throw<InvalidDataException>(() => sgd.load_state_dict(new BinaryReader(new MemoryStream(stream.ToArray())))).Message.ShouldContain("Adam");
        Should.Throw<ArgumentException>(() => two.load_state_dict(new BinaryReader(new MemoryStream(stream.ToArray())))).Message.ShouldContain("expected 2, found 1");
    }

    [Theory]
    [InlineData(-1, 0.9, 0.999, "learning rate")]
    [InlineData(0.1, 1, 0.999, "beta1")]
    [InlineData(0.1, 0.9, double.NaN, "beta2")]
    public void Wrong_settings_are_refused(double lr, double beta1, double beta2, string named) =>
        Should.Throw<ArgumentException>(() => optim.Adam([Parameter()], lr, beta1, beta2)).Message.ShouldContain(named);

    [Fact]
    public void Training_a_small_model_lowers_its_loss()
    {
        manual_seed(1);
        using var model = nn.Sequential(nn.Linear(2, 16), nn.SiLU(), nn.Linear(16, 1));
        using var optimizer = optim.AdamW(model.named_parameters(), lr: 0.02);
        var (x, y) = (randn(64, 2), tensor(0f));
        y = x[TensorIndex.Colon, 0..1] * x[TensorIndex.Colon, 1..2];
        List<float> losses = [];
        for (var i = 0; i < 200; i++)
        {
            using var step = NewDisposeScope();
            optimizer.zero_grad();
            var loss = nn.functional.mse_loss(model.call(x), y);
            loss.backward();
            optimizer.step();
            losses.Add(loss.item<float>());
        }

        losses[^1].ShouldBeLessThan(losses[0] / 10);
    }

    private static Parameter Parameter() => nn.Parameter(tensor([1.0, -1.0]));

    private static OptimizerHelper Make(string name, Parameter p) => name switch
    {
        "Adam" => optim.Adam([p], lr: 0.1, amsgrad: true),
        "AdamW" => optim.AdamW([p], lr: 0.1, weight_decay: 0.1),
        _ => optim.SGD([p], 0.1, momentum: 0.9),
    };

    private static void Step(optim.Optimizer optimizer, Parameter p, double[] gradient)
    {
        p.grad = tensor(gradient);
        optimizer.step();
    }

    private static Tensor Steps(optim.Optimizer optimizer, Parameter p)
    {
        foreach (var gradient in Gradients) Step(optimizer, p, gradient);
        return p;
    }

    /// <summary>Adam by hand; <paramref name="decay"/> shrinks the parameter, <paramref name="added"/> goes to the gradient.</summary>
    private static double[] Expected(double decay, double added, double lr, double beta1, double beta2, double eps, bool amsgrad, bool maximize)
    {
        double[] w = [1, -1], m = [0, 0], v = [0, 0], largest = [0, 0];
        for (var t = 1; t <= Gradients.Length; t++)
        {
            for (var i = 0; i < 2; i++)
            {
                var g = (maximize ? -Gradients[t - 1][i] : Gradients[t - 1][i]) + (added * w[i]);
                w[i] *= 1 - (lr * decay);
                m[i] = (beta1 * m[i]) + ((1 - beta1) * g);
                v[i] = (beta2 * v[i]) + ((1 - beta2) * g * g);
                largest[i] = Math.Max(largest[i], v[i]);
                var second = (amsgrad ? largest[i] : v[i]) / (1 - Math.Pow(beta2, t));
                w[i] -= lr * (m[i] / (1 - Math.Pow(beta1, t))) / (Math.Sqrt(second) + eps);
            }
        }
        return w;
    }
}
