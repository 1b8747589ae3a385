using DiTFastAttn.Models.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests.Training;

public class MuonTests
{
    [Theory]
    [InlineData(16, 16)]
    [InlineData(32, 8)]
    [InlineData(8, 32)]
    public void Orthogonalized_matrices_have_singular_values_near_one(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var matrices = randn([5, rows, columns], generator: generator) * 20;

        var result = Muon.Orthogonalize(matrices);

        result.shape.ShouldBe([5, rows, columns]);
        linalg.svdvals(matrices).max().item<float>().ShouldBeGreaterThan(40);
        linalg.svdvals(result).data<float>().ToArray().ShouldAllBe(value => value > .5f && value < 1.3f);
    }

    [Fact]
    public void Orthogonalization_keeps_the_singular_vectors()
    {
        using var scope = NewDisposeScope();
        // Diagonal matrices: the directions are the axes, whatever their size and sign.
        var matrix = tensor(new float[] { 3, 0, 0, 0, -.5f, 0, 0, 0, 1 }, [1, 3, 3]);
        var result = Muon.Orthogonalize(matrix).data<float>().ToArray();
        result[0].ShouldBeInRange(.65f, 1.25f);
        result[4].ShouldBeInRange(-1.25f, -.65f);
        result[8].ShouldBeInRange(.65f, 1.25f);
        int[] offDiagonal = [1, 2, 3, 5, 6, 7];
        offDiagonal.ShouldAllBe(i => Math.Abs(result[i]) < 1e-5);
    }

    [Fact]
    public void A_zero_matrix_stays_zero()
    {
        using var scope = NewDisposeScope();
        Muon.Orthogonalize(zeros([1, 4, 4])).abs().max().item<float>().ShouldBe(0);
    }

    [Fact]
    public void Parts_of_a_parameter_are_matrices_of_their_own()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var weights = randn([12, 4], generator: generator);
        var gradient = randn([12, 4], generator: generator);
        using var together = new Parameter(weights.clone());
        var parts = Enumerable.Range(0, 3).Select(i => new Parameter(weights.narrow(0, 4 * i, 4).clone())).ToArray();
        together.grad = gradient.clone();
        for (var i = 0; i < 3; i++)
        {
            parts[i].grad = gradient.narrow(0, 4 * i, 4).clone();
        }

        using var muonTogether = new Muon([(together, 3)]);
        using var muonSplit = new Muon(parts.Select(p => (p, 1)));
        muonTogether.Step(.1);
        muonSplit.Step(.1);

        var joined = cat([.. parts]);
        (together - joined).abs().max().item<float>().ShouldBeLessThan(1e-6f);
        (together - weights).abs().max().item<float>().ShouldBeGreaterThan(.01f);
    }

    [Fact]
    public void A_step_moves_along_the_momentum_s_directions_and_tall_matrices_further()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var gradient = randn([16, 4], generator: generator);
        using var weight = new Parameter(zeros([16, 4]));
        using var muon = new Muon([(weight, 1)]);

        weight.grad = gradient.clone();
        muon.Step(.1);

        // At the first step the momentum is a multiple of the gradient, so it has the same directions.
        var expected = Muon.Orthogonalize(gradient.unsqueeze(0)).squeeze(0) * (-.1 * Math.Sqrt(4));
        (weight - expected).abs().max().item<float>().ShouldBeLessThan(1e-5f);
        var momentum = muon.State.Single();
        momentum.Name.ShouldBe("16x4");
        (momentum.Momentum.squeeze(0) - (gradient * .05)).abs().max().item<float>().ShouldBeLessThan(1e-6f);
    }

    [Fact]
    public void A_parameter_that_is_no_matrix_is_refused()
    {
        using var vector = new Parameter(zeros([4]));
        using var matrix = new Parameter(zeros([4, 4]));
        Should.Throw<ArgumentException>(() => new Muon([(vector, 1)])).Message.ShouldContain("[4]");
        Should.Throw<ArgumentException>(() => new Muon([(matrix, 3)])).Message.ShouldContain("3 matrices");
        using var muon = new Muon([(matrix, 1)]);
        Should.Throw<InvalidOperationException>(() => muon.Step(.1)).Message.ShouldContain("no gradient");
    }
}
