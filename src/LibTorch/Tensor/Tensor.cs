using System.Runtime.InteropServices;
using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A handle to a native tensor. It owns its handle, not the storage: several handles and views can share one. Disposing frees the handle;
    /// the storage goes with its last one. A new tensor belongs to the thread's innermost dispose scope; outside of scopes it lives until
    /// it is disposed or the garbage collector finds it.
    /// </summary>
    /// <remarks>Members throw <see cref="InvalidOperationException"/> after disposal and <see cref="ExternalException"/> for libtorch's errors.</remarks>
    public unsafe partial class Tensor : IDisposable
    {
        private static long totalCount;
        private static long peakCount;

        internal IntPtr handle;

        internal Tensor(IntPtr handle, bool register = true)
        {
            this.handle = handle;
            var count = Interlocked.Increment(ref totalCount);
            // Two threads may race for the peak: it is a figure for diagnosis, as in TorchSharp.
            if (count > peakCount) peakCount = count;
            if (register) OwningDisposeScope = DisposeScopeManager.ThreadSingleton.Register(this);
        }

        ~Tensor() => Dispose(disposing: false);

        /// <summary>Live handles of all threads.</summary>
        public static long TotalCount => Interlocked.Read(ref totalCount);

        /// <summary>The most handles that were alive at once.</summary>
        public static long PeakCount => peakCount;

        /// <summary>The native <c>at::Tensor*</c>, which this object goes on owning.</summary>
        public IntPtr Handle => handle != IntPtr.Zero ? handle : throw new InvalidOperationException("Tensor invalid -- empty handle.");

        /// <summary>Whether the tensor was disposed.</summary>
        public bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>A label for debugging.</summary>
        public string? name { get; set; }

        internal DisposeScope? OwningDisposeScope { get; set; }

        /// <summary>Takes ownership of a native <c>at::Tensor*</c>.</summary>
        public static Tensor UnsafeCreateTensor(IntPtr handle) => new(handle);

        /// <summary>Gives up ownership: the caller frees the returned <c>at::Tensor*</c>.</summary>
        public IntPtr DecoupleFromNativeHandle()
        {
            GC.SuppressFinalize(this);
            var released = Handle;
            Interlocked.Decrement(ref totalCount);
            handle = IntPtr.Zero;
            return released;
        }

        /// <summary>A new handle to the same native tensor, to be disposed on its own.</summary>
        public Tensor alias()
        {
            IntPtr result;
            Native.Check(Native.dtf_tensor_alias(Handle, &result));
            return new Tensor(result);
        }

        /// <summary>Hands the tensor to the outer scope of the one that owns it; without an outer one it belongs to nobody.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Takes the tensor out of every scope: whoever holds it disposes it.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        /// <summary>Hands the tensor to the scope that owns <paramref name="other"/>.</summary>
        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is null && other is not null) other.Attach(this);
            else OwningDisposeScope?.MoveToOther(other!, this);
            return this;
        }

        public void Dispose()
        {
            Dispose(disposing: true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (handle == IntPtr.Zero) return;
            // The finalizer's thread has its own statistics and scopes, and the scope that owned the tensor is garbage too.
            if (disposing)
            {
                DisposeScopeManager.ThreadSingleton.CountDisposal(this);
                OwningDisposeScope?.MarkAsDisposed(this);
            }
            Interlocked.Decrement(ref totalCount);
            Native.dtf_tensor_free(handle);
            handle = IntPtr.Zero;
        }

        /// <summary>Takes the handle out for another object that will own it, as <c>Parameter</c> does; this one is then invalid.</summary>
        internal IntPtr MoveHandle()
        {
            var moved = handle;
            handle = IntPtr.Zero;
            Interlocked.Decrement(ref totalCount);
            GC.SuppressFinalize(this);
            OwningDisposeScope?.MarkAsDisposed(this);
            return moved;
        }

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public override int GetHashCode() => base.GetHashCode();
    }
}
