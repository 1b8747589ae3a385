using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using static TorchSharp.torch;

namespace TorchSharp.Binding;

/// <summary>
/// One operator of libtorch, called through the dispatcher (so autograd, devices and dtypes behave as in torch). It is looked up at its
/// first call. Arguments follow the operator's schema; those left out at the end take the schema's defaults.
/// </summary>
/// <param name="name">The schema's name without <c>aten::</c>, with the overload after a point: <c>add.Tensor</c>, <c>exp</c>.</param>
/// <remarks>
/// Results are new handles that the caller owns; they register with the thread's current dispose scope. An error of libtorch arrives as
/// <see cref="System.Runtime.InteropServices.ExternalException"/> with its message.
/// </remarks>
internal sealed unsafe partial class Op(string name)
{
    // Lists and strings of one call up to this size are marshalled on the stack.
    private const int StackBytes = 512;

    private const int MostResults = 8;

    private IntPtr handle;

    /// <summary>Whether this libtorch has the operator: for what came after 1.13.</summary>
    internal bool Exists => handle != IntPtr.Zero || (handle = Find()) != IntPtr.Zero;

    /// <summary>Calls an operator that returns one tensor, in a new handle.</summary>
    internal Tensor Call(params ReadOnlySpan<Arg> args)
    {
        NativeValue result;
        Invoke(args, &result, 1);
        return result.ToTensor()!;
    }

    /// <summary>Calls an operator that returns two tensors.</summary>
    internal (Tensor, Tensor) Call2(params ReadOnlySpan<Arg> args)
    {
        var results = stackalloc NativeValue[2];
        Invoke(args, results, 2);
        return (results[0].ToTensor()!, results[1].ToTensor()!);
    }

    /// <summary>Calls an operator that returns three tensors; undefined ones are null.</summary>
    internal (Tensor, Tensor, Tensor) Call3(params ReadOnlySpan<Arg> args)
    {
        var results = stackalloc NativeValue[3];
        Invoke(args, results, 3);
        return (results[0].ToTensor()!, results[1].ToTensor()!, results[2].ToTensor()!);
    }

    /// <summary>Calls an operator that returns up to eight values of which the first is the wanted tensor; the others are freed.</summary>
    internal Tensor CallFirst(params ReadOnlySpan<Arg> args)
    {
        var results = stackalloc NativeValue[MostResults];
        InvokeForFirst(args, results, 1);
        return results[0].ToTensor()!;
    }

    /// <summary>The same of an operator whose first two values are the wanted tensors.</summary>
    internal (Tensor, Tensor) CallFirst2(params ReadOnlySpan<Arg> args)
    {
        var results = stackalloc NativeValue[MostResults];
        InvokeForFirst(args, results, 2);
        return (results[0].ToTensor()!, results[1].ToTensor()!);
    }

    private void InvokeForFirst(ReadOnlySpan<Arg> args, NativeValue* results, int wanted)
    {
        new Span<NativeValue>(results, MostResults).Clear();
        Invoke(args, results, MostResults);
        for (var i = wanted; i < MostResults; i++)
            if (results[i].Tag == Tag.Tensor)
                Native.dtf_tensor_free(results[i].Pointer);
    }

    /// <summary>Calls an operator that returns a list of tensors.</summary>
    internal Tensor[] CallList(params ReadOnlySpan<Arg> args)
    {
        NativeValue result;
        Invoke(args, &result, 1);
        var handles = (IntPtr*)result.Pointer;
        var tensors = new Tensor[result.Count];
        for (var i = 0; i < tensors.Length; i++) tensors[i] = new Tensor(handles[i]);
        Native.dtf_free_list(result.Pointer);
        return tensors;
    }

    internal bool CallBool(params ReadOnlySpan<Arg> args) => CallValue(args).Int != 0;

    /// <summary>Calls an operator that changes its first argument in place, and returns that same object.</summary>
    internal Tensor Apply(Tensor self, params ReadOnlySpan<Arg> args)
    {
        var all = new ArgBuffer();
        Span<Arg> list = all;
        list[0] = self;
        args.CopyTo(list[1..]);
        Invoke(list[..(args.Length + 1)], results: null, 0);
        return self;
    }

    /// <summary>Calls an operator that returns a number.</summary>
    internal NativeValue CallValue(params ReadOnlySpan<Arg> args)
    {
        NativeValue result;
        Invoke(args, &result, 1);
        return result;
    }

    [SkipLocalsInit]
    private void Invoke(ReadOnlySpan<Arg> args, NativeValue* results, int capacity)
    {
        if (!Exists)
            throw new NotSupportedException($"libtorch {Native.Version} has no operator aten::{name}");

        var listBytes = 0;
        foreach (ref readonly var arg in args) listBytes += arg.ListBytes;
        var rented = listBytes > StackBytes ? ArrayPool<byte>.Shared.Rent(listBytes) : null;
        var scratch = rented ?? stackalloc byte[StackBytes];
        var values = stackalloc NativeValue[args.Length];
        int status;
        fixed (byte* start = scratch)
        {
            var next = start;
            for (var i = 0; i < args.Length; i++) args[i].Write(out values[i], ref next);
            status = Native.dtf_op_call(handle, values, args.Length, results, capacity);
        }
        // Until here the native side reads handles that a finalizer could otherwise free.
        foreach (ref readonly var arg in args) GC.KeepAlive(arg.Object);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        Native.Check(status);
    }

    private IntPtr Find()
    {
        var point = name.IndexOf('.', StringComparison.Ordinal);
        var (operation, overload) = point < 0 ? (name, "") : (name[..point], name[(point + 1)..]);
        IntPtr found;
        fixed (byte* o = Encoding.UTF8.GetBytes($"aten::{operation}\0"), v = Encoding.UTF8.GetBytes($"{overload}\0"))
            Native.Check(Native.dtf_op_find(o, v, &found));
        return found;
    }

    [InlineArray(16)]
    private struct ArgBuffer
    {
        private Arg first;
    }
}
