using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

public sealed class DisposeScopeTests
{
    [Fact]
    public void A_scope_disposes_what_was_created_in_it()
    {
        Tensor inside, kept;
        using (var scope = NewDisposeScope())
        {
            CurrentDisposeScope.ShouldBeSameAs(scope);
            inside = ones(1);
            kept = ones(1).DetachFromDisposeScope();
            scope.DisposablesCount.ShouldBe(1);
            scope.Contains(inside).ShouldBeTrue();
            scope.Contains(kept).ShouldBeFalse();
        }
        inside.IsInvalid.ShouldBeTrue();
        kept.IsInvalid.ShouldBeFalse();
        kept.Dispose();
        CurrentDisposeScope.ShouldBeNull();
    }

    [Fact]
    public void Tensors_outside_of_scopes_belong_to_nobody()
    {
        var outside = ones(1);
        using (NewDisposeScope()) outside.add_(1);
        outside.IsInvalid.ShouldBeFalse();
        outside.Dispose();
    }

    [Fact]
    public void Moving_to_the_outer_scope_goes_one_scope_out()
    {
        using var outer = NewDisposeScope();
        Tensor first, second, third;
        using (var inner = NewDisposeScope())
        {
            first = ones(1).MoveToOuterDisposeScope();
            (second, third) = inner.MoveToOuter(ones(1), ones(1));
            inner.DisposablesCount.ShouldBe(0);
        }
        outer.DisposablesView.ShouldBe([first, second, third], ignoreOrder: true);
        first.MoveToOuterDisposeScope();
        outer.Contains(first).ShouldBeFalse();
        first.Dispose();
    }

    [Fact]
    public void Tensors_move_between_scopes_and_attach()
    {
        using var outer = NewDisposeScope();
        var anchor = ones(1);
        using (var inner = NewDisposeScope())
        {
            var moved = ones(1).MoveToOtherDisposeScope(anchor);
            outer.Contains(moved).ShouldBeTrue();
            inner.Attach(moved);
            inner.Contains(moved).ShouldBeTrue();
            outer.Contains(moved).ShouldBeFalse();
            inner.MoveToOther(outer, moved).ShouldBeSameAs(moved);
            outer.Contains(moved).ShouldBeTrue();
            inner.Detach(inner.MoveToOther(outer, ones(1)));
            outer.DisposablesCount.ShouldBe(3);
        }
        var free = ones(1).DetachFromDisposeScope();
        free.MoveToOtherDisposeScope(outer);
        outer.Contains(free).ShouldBeTrue();
    }

    [Fact]
    public void A_scope_can_be_emptied_and_go_on()
    {
        using var scope = NewDisposeScope();
        var (kept, gone) = (ones(1), ones(1));
        scope.DisposeEverythingBut(kept).ShouldBeSameAs(kept);
        gone.IsInvalid.ShouldBeTrue();
        kept.IsInvalid.ShouldBeFalse();
        scope.DisposablesCount.ShouldBe(1);
        scope.DisposeEverything();
        kept.IsInvalid.ShouldBeTrue();
        ones(1);
        scope.DisposablesCount.ShouldBe(1);
    }

    [Fact]
    public void A_tensor_disposed_by_hand_leaves_its_scope()
    {
        using var scope = NewDisposeScope();
        ones(1).Dispose();
        scope.DisposablesCount.ShouldBe(0);
    }

    [Fact]
    public void An_ended_scope_refuses_and_can_end_again()
    {
        var scope = NewDisposeScope();
        scope.Dispose();
        scope.Dispose();
        Should.Throw<ObjectDisposedException>(() => scope.DisposablesCount);
        using var tensor = ones(1);
        Should.Throw<ObjectDisposedException>(() => scope.Attach(tensor));
    }

    [Fact]
    public void Scopes_may_end_out_of_order()
    {
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        outer.Dispose();
        CurrentDisposeScope.ShouldBeSameAs(inner);
        inner.Dispose();
        CurrentDisposeScope.ShouldBeNull();
    }

    [Fact]
    public void Scopes_are_of_one_thread()
    {
        using var scope = NewDisposeScope();
        Tensor? other = null;
        var thread = new Thread(() =>
        {
            CurrentDisposeScope.ShouldBeNull();
            other = ones(1);
        });
        thread.Start();
        thread.Join();
        scope.DisposablesCount.ShouldBe(0);
        other!.IsInvalid.ShouldBeFalse();
        other.Dispose();
    }

    [Fact]
    public void Statistics_count_this_threads_tensors()
    {
        var thread = new Thread(() =>
        {
            var statistics = DisposeScopeManager.Statistics;
            statistics.Reset();
            var outside = ones(1);
            using (var scope = NewDisposeScope())
            {
                ones(1);
                ones(1).Dispose();
                var detached = ones(1).DetachFromDisposeScope();
                scope.Attach(detached);
            }
            outside.Dispose();
            statistics.CreatedOutsideScopeCount.ShouldBe(1);
            statistics.DisposedOutsideScopeCount.ShouldBe(1);
            statistics.CreatedInScopeCount.ShouldBe(3);
            statistics.DisposedInScopeCount.ShouldBe(3);
            statistics.DetachedFromScopeCount.ShouldBe(1);
            statistics.AttachedToScopeCount.ShouldBe(1);
            statistics.ThreadTotalLiveCount.ShouldBe(0);
            statistics.TensorStatistics.ToString().ShouldStartWith("ThreadTotalLiveCount: 0;");
        });
        thread.Start();
        thread.Join();
    }

    [Fact]
    public void A_wrapped_expression_leaves_only_its_result()
    {
        using var scope = NewDisposeScope();
        var result = WrappedTensorDisposeScope(() => ones(2) + ones(2) * 2);
        result.Floats().ShouldBe([3f, 3f]);
        scope.DisposablesCount.ShouldBe(1);
    }
}
