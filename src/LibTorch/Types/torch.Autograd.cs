using TorchSharp.Binding;

namespace TorchSharp;

public static unsafe partial class torch
{
    public static class autograd
    {
        /// <summary>
        /// The gradients of <paramref name="outputs"/> with respect to <paramref name="inputs"/>, which the leaves do not accumulate. An input
        /// that was not used is an error, or null with <paramref name="allow_unused"/>.
        /// </summary>
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null,
            bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            var results = new IntPtr[inputs.Count];
            IntPtr[] o = Handles(outputs), i = Handles(inputs), g = Handles(grad_outputs);
            fixed (IntPtr* op = o, ip = i, gp = g, rp = results)
            {
                Native.Check(Native.dtf_grad(op, o.Length, ip, i.Length, gp, g.Length, retain_graph ? 1 : 0, create_graph ? 1 : 0,
                    allow_unused ? 1 : 0, rp));
            }
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return [.. results.Select(r => r == IntPtr.Zero ? null! : new Tensor(r))];
        }

        /// <summary>Adds the gradients to the leaves, or to <paramref name="inputs"/> alone where they are given.</summary>
        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null)
        {
            IntPtr[] t = Handles(tensors), g = Handles(grad_tensors), i = Handles(inputs);
            fixed (IntPtr* tp = t, gp = g, ip = i)
            {
                Native.Check(Native.dtf_backward(tp, t.Length, gp, g.Length, (retain_graph ?? create_graph) ? 1 : 0, create_graph ? 1 : 0, ip, i.Length));
            }
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null) => backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null) => backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        private static IntPtr[] Handles(IList<Tensor>? tensors) => tensors is null ? [] : [.. tensors.Select(t => t.Handle)];
    }
}
