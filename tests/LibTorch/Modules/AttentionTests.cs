using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests.Modules;

public sealed class AttentionTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public AttentionTests() => manual_seed(11);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Attention_is_the_softmax_of_the_scaled_scores()
    {
        var (q, k, v) = (randn(2, 3, 5, 8), randn(2, 3, 7, 8), randn(2, 3, 7, 4));

        nn.functional.scaled_dot_product_attention(q, k, v).ShouldBeNear(Explicit(q, k, v));
    }

    [Fact]
    public void A_bool_mask_says_who_takes_part()
    {
        var (q, k, v) = (randn(2, 3, 5, 8), randn(2, 3, 7, 8), randn(2, 3, 7, 8));
        var mask = rand(2, 1, 5, 7) > 0.4;
        mask[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Colon, 0] = tensor(true);
        var additive = zeros(2, 1, 5, 7).masked_fill(mask.logical_not(), float.NegativeInfinity);

        nn.functional.scaled_dot_product_attention(q, k, v, mask).ShouldBeNear(Explicit(q, k, v, additive));
    }

    [Fact]
    public void An_additive_mask_is_added_to_the_scores()
    {
        var (q, k, v) = (randn(2, 3, 5, 8), randn(2, 3, 7, 8), randn(2, 3, 7, 8));
        var mask = randn(5, 7);

        nn.functional.scaled_dot_product_attention(q, k, v, mask).ShouldBeNear(Explicit(q, k, v, mask));
    }

    [Fact]
    public void Causal_attention_sees_no_later_key()
    {
        var (q, k, v) = (randn(1, 2, 6, 8), randn(1, 2, 6, 8), randn(1, 2, 6, 8));
        var mask = zeros(6, 6).masked_fill(ones(6, 6).triu(1) == 1, float.NegativeInfinity);

        nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true).ShouldBeNear(Explicit(q, k, v, mask));
        Should.Throw<ArgumentException>(() => nn.functional.scaled_dot_product_attention(q, k, v, mask, is_casual: true));
    }

    [Fact]
    public void A_query_that_sees_nothing_gets_zeros_and_finite_gradients()
    {
        var (q, k, v) = (randn(1, 1, 2, 4, requires_grad: true), randn(1, 1, 3, 4, requires_grad: true), randn(1, 1, 3, 4, requires_grad: true));
        var mask = tensor([true, true, true, false, false, false], [2, 3]);

        var result = nn.functional.scaled_dot_product_attention(q, k, v, mask);
        result.sum().backward();

        result[0, 0, 1].ShouldBeNear([0, 0, 0, 0], 0);
        q.grad![0, 0, 1].ShouldBeNear([0, 0, 0, 0], 0);
        k.grad!.isfinite().all().item<bool>().ShouldBeTrue();
        v.grad!.isfinite().all().item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void Gradients_are_those_of_the_explicit_formula()
    {
        var leaves = Enumerable.Range(0, 3).Select(_ => randn(1, 2, 5, 8, requires_grad: true)).ToArray();
        var copies = leaves.Select(t => t.detach().clone().requires_grad_()).ToArray();
        var mask = randn(5, 5);
        var weight = randn(1, 2, 5, 8);

        (nn.functional.scaled_dot_product_attention(leaves[0], leaves[1], leaves[2], mask) * weight).sum().backward();
        (Explicit(copies[0], copies[1], copies[2], mask) * weight).sum().backward();

        for (var i = 0; i < 3; i++) leaves[i].grad!.ShouldBeNear(copies[i].grad!);
    }

    [Theory]
    [InlineData(1)] // heads one by one
    [InlineData(5 * 7 * 2)] // two heads, and the last one alone
    public void Gradients_in_pieces_are_those_of_the_whole(int scoresAtOnce)
    {
        Tensor[] whole = [randn(1, 3, 5, 8, requires_grad: true), randn(1, 3, 7, 8, requires_grad: true), randn(1, 3, 7, 4, requires_grad: true)];
        var pieces = whole.Select(t => t.detach().clone().requires_grad_()).ToArray();
        var weight = randn(1, 3, 5, 4);

        var expected = nn.functional.ComposedAttention(whole[0], whole[1], whole[2], mask: null, p: 0, isCausal: false);
        var actual = nn.functional.ComposedAttention(pieces[0], pieces[1], pieces[2], mask: null, p: 0, isCausal: false, scoresAtOnce);
        (expected * weight).sum().backward();
        (actual * weight).sum().backward();

        actual.ShouldBeNear(expected);
        for (var i = 0; i < 3; i++) pieces[i].grad!.ShouldBeNear(whole[i].grad!);
    }

    [Theory]
    [InlineData(2, 3, 16, 500)] // heads one by one
    [InlineData(2, 3, 16, 400)] // the queries of each head in two pieces
    [InlineData(1, 1, 33, 64)] // queries two by two, an odd one left
    [InlineData(4, 2, 16, 1100)] // batches of one
    public void Scores_that_are_too_many_for_one_piece_give_the_same(int batch, int heads, int rows, int scoresAtOnce)
    {
        using var mode = no_grad();
        var (q, k, v) = (randn(batch, heads, rows, 8), randn(batch, heads, 32, 8), randn(batch, heads, 32, 4));
        Tensor?[] masks = [null, rand(batch, 1, 1, 32) > 0.5, rand(rows, 32) > 0.5, randn(1, heads, rows, 32), randn(heads, 1, 32)];

        foreach (var mask in masks)
        {
            var pieces = nn.functional.ComposedAttention(q, k, v, mask, p: 0, isCausal: false, scoresAtOnce);
            pieces.ShouldBeNear(nn.functional.ComposedAttention(q, k, v, mask, p: 0, isCausal: false));
        }
        nn.functional.ComposedAttention(q, k, v, mask: null, p: 0, isCausal: true, scoresAtOnce).ShouldBeNear(
            nn.functional.ComposedAttention(q, k, v, mask: null, p: 0, isCausal: true));
    }

    [Fact]
    public void Keys_that_are_broadcast_over_the_heads_work_in_pieces_and_queries_that_are_do_whole()
    {
        using var mode = no_grad();
        var (q, shared, k) = (randn(2, 3, 16, 8), randn(1, 1, 16, 8), randn(2, 3, 32, 8));

        nn.functional.ComposedAttention(q, k[.., 0..1], k[.., 0..1], mask: null, p: 0, isCausal: false, 100).ShouldBeNear(Explicit(q, k[.., 0..1], k[.., 0..1]));
        nn.functional.ComposedAttention(shared, k, k, mask: null, p: 0, isCausal: false, 100).ShouldBeNear(Explicit(shared, k, k));
    }

    [Fact]
    public void Dropout_drops_weights()
    {
        var (q, k, v) = (zeros(1, 1, 400, 8), zeros(1, 1, 400, 8), ones(1, 1, 400, 1));

        var result = nn.functional.scaled_dot_product_attention(q, k, v, p: 0.5);

        result.mean().item<float>().ShouldBe(1f, 0.02f);
        result.std().item<float>().ShouldBeInRange(0.02f, 0.1f);
    }

    [Fact]
    public void Half_precision_keeps_its_dtype()
    {
        var (q, k, v) = (randn(1, 2, 16, 8), randn(1, 2, 16, 8), randn(1, 2, 16, 8));

        var result = nn.functional.scaled_dot_product_attention(q.to(bfloat16), k.to(bfloat16), v.to(bfloat16));

        result.dtype.ShouldBe(bfloat16);
        result.ShouldBeNear(Explicit(q, k, v), 0.05);
    }

    private static Tensor Explicit(Tensor q, Tensor k, Tensor v, Tensor? mask = null)
    {
        var scores = q.matmul(k.transpose(-2, -1)) / Math.Sqrt(q.shape[^1]);
        return (mask is null ? scores : scores + mask).softmax(-1).matmul(v);
    }
}
