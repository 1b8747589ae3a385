using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>The dispose scopes of one thread, and the counts of what they did.</summary>
public class DisposeScopeManager
{
    [ThreadStatic] private static DisposeScopeManager? threadSingleton;

    /// <summary>The counts of the calling thread.</summary>
    public static ThreadDisposeScopeStatistics Statistics => ThreadSingleton.StatisticsInstance;

    internal static DisposeScopeManager ThreadSingleton => threadSingleton ??= new DisposeScopeManager();

    internal ThreadDisposeScopeStatistics StatisticsInstance { get; } = new();

    internal DisposeScope? CurrentDisposeScope { get; private set; }

    internal DisposeScope NewDisposeScope() => CurrentDisposeScope = new DisposeScope(this);

    /// <summary>Gives a new tensor to the innermost scope and returns that scope; null where there is none.</summary>
    internal DisposeScope? Register(Tensor tensor)
    {
        var statistics = StatisticsInstance.TensorStatistics;
        if (CurrentDisposeScope is null)
        {
            statistics.CreatedOutsideScopeCount++;
            return null;
        }
        statistics.CreatedInScopeCount++;
        CurrentDisposeScope.Register(tensor);
        return CurrentDisposeScope;
    }

    internal void CountDisposal(Tensor tensor)
    {
        if (tensor.OwningDisposeScope is null) StatisticsInstance.TensorStatistics.DisposedOutsideScopeCount++;
        else StatisticsInstance.TensorStatistics.DisposedInScopeCount++;
    }

    /// <summary>Unlinks a scope, which need not be the innermost one.</summary>
    internal void RemoveDisposeScope(DisposeScope ended)
    {
        if (ReferenceEquals(CurrentDisposeScope, ended))
        {
            CurrentDisposeScope = ended.OuterScope;
            return;
        }
        for (var scope = CurrentDisposeScope; scope is not null; scope = scope.OuterScope)
        {
            if (!ReferenceEquals(scope.OuterScope, ended)) continue;
            scope.OuterScope = ended.OuterScope;
            return;
        }
    }
}
