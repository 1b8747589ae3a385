using TorchSharp.Binding;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>libtorch's version, as in <c>2.7.1</c>.</summary>
    public static string __version__ => Native.Version;

    /// <summary>The innermost dispose scope of this thread; null outside of scopes.</summary>
    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.ThreadSingleton.CurrentDisposeScope;

    /// <summary>Begins a scope on this thread that owns the tensors created until it is disposed.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.ThreadSingleton.NewDisposeScope();

    /// <summary>Runs <paramref name="expr"/> in a scope of its own; its result goes to the outer scope.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }

    /// <summary>Until disposed, nothing on this thread is recorded for backward.</summary>
    public static IDisposable no_grad() => new GradModeScope(enabled: false);

    public static IDisposable enable_grad(bool enabled = true) => new GradModeScope(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradModeScope(mode);

    public static bool is_grad_enabled()
    {
        int enabled;
        Native.Check(Native.dtf_grad_mode(&enabled));
        return enabled != 0;
    }

    /// <summary>As <see cref="no_grad"/> and faster: tensors made in it can never take part in autograd. End it on the thread that began it.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceModeScope(mode);

    public static bool is_inference_mode_enabled()
    {
        int enabled;
        Native.Check(Native.dtf_inference_mode(&enabled));
        return enabled != 0;
    }

    private sealed class GradModeScope : IDisposable
    {
        private readonly bool outer = is_grad_enabled();

        internal GradModeScope(bool enabled) => Native.Check(Native.dtf_set_grad_mode(enabled ? 1 : 0));

        public void Dispose() => Native.Check(Native.dtf_set_grad_mode(outer ? 1 : 0));
    }

    private sealed class InferenceModeScope : IDisposable
    {
        private IntPtr guard;

        internal InferenceModeScope(bool enabled)
        {
            IntPtr entered;
            Native.Check(Native.dtf_inference_mode_enter(enabled ? 1 : 0, &entered));
            guard = entered;
        }

        public void Dispose()
        {
            if (guard == IntPtr.Zero) return;
            Native.Check(Native.dtf_inference_mode_leave(guard));
            guard = IntPtr.Zero;
        }
    }
}
