using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

[Collection(ThreadCount.Collection)]
public sealed class LinearAlgebraTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    private readonly Tensor a = tensor(new[,] { { 1f, 2f }, { 3f, 4f } });

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Products_of_matrices_and_vectors()
    {
        a.mm(a).Floats().ShouldBe([7f, 10f, 15f, 22f]);
        matmul(a, a).Equals(a.mm(a)).ShouldBeTrue();
        a.mv(tensor([1f, 1f])).Floats().ShouldBe([3f, 7f]);
        tensor([1f, 2f]).dot(tensor([3f, 4f])).ToSingle().ShouldBe(11f);
        tensor([1f, 2f]).outer(tensor([3f, 4f])).Floats().ShouldBe([3f, 4f, 6f, 8f]);
        var batch = stack([a, a * 2]);
        batch.bmm(batch)[1].Floats().ShouldBe([28f, 40f, 60f, 88f]);
        zeros(2, 2).addmm(a, a, beta: 0, alpha: 2).Floats().ShouldBe([14f, 20f, 30f, 44f]);
        ones(2, 2, 2).baddbmm(batch, batch, beta: 1, alpha: 1)[0].Floats().ShouldBe([8f, 11f, 16f, 23f]);
        einsum("ij,jk->ik", a, a).Floats().ShouldBe([7f, 10f, 15f, 22f]);
        einsum("bhid,bhjd->bhij", ones(1, 2, 3, 4), ones(1, 2, 5, 4)).shape.ShouldBe([1L, 2L, 3L, 5L]);
        a.trace().ToSingle().ShouldBe(5f);
    }

    [Fact]
    public void Decompositions()
    {
        a.det().ToSingle().ShouldBe(-2f, 1e-5f);
        a.inverse().matmul(a).allclose(eye(2), atol: 1e-5).ShouldBeTrue();
        linalg.solve(a, tensor([5f, 11f])).allclose(tensor([1f, 2f]), atol: 1e-5).ShouldBeTrue();
        var symmetric = tensor(new[,] { { 2f, 1f }, { 1f, 2f } });
        var (values, vectors) = linalg.eigh(symmetric);
        values.allclose(tensor([1f, 3f]), atol: 1e-5).ShouldBeTrue();
        (vectors.mul(values)).matmul(vectors.t()).allclose(symmetric, atol: 1e-5).ShouldBeTrue();
        var (u, s, vh) = linalg.svd(a);
        (u * s).matmul(vh).allclose(a, atol: 1e-5).ShouldBeTrue();
        linalg.cholesky(symmetric)[0, 1].ToSingle().ShouldBe(0f);
        linalg.vector_norm(a).ToSingle().ShouldBe(MathF.Sqrt(30), 1e-5f);
    }

    [Fact]
    public void Threads_are_counted()
    {
        var threads = get_num_threads();
        set_num_threads(1);
        get_num_threads().ShouldBe(1);
        set_num_threads(threads);
        get_num_threads().ShouldBe(threads);
        get_num_interop_threads().ShouldBeGreaterThan(0);
    }
}
