using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>Whether operations on the tensor are recorded for backward.</summary>
        public bool requires_grad
        {
            get
            {
                int value;
                Native.Check(Native.dtf_tensor_requires_grad(Handle, &value));
                return value != 0;
            }
            set => Native.Check(Native.dtf_tensor_set_requires_grad(Handle, value ? 1 : 0));
        }

        /// <summary>The accumulated gradient in a new handle; null before the first backward.</summary>
        public Tensor? grad
        {
            get
            {
                IntPtr result;
                Native.Check(Native.dtf_tensor_grad(Handle, &result));
                return result == IntPtr.Zero ? null : new Tensor(result);
            }
            set => Native.Check(Native.dtf_tensor_set_grad(Handle, value?.Handle ?? IntPtr.Zero));
        }

        public bool is_leaf
        {
            get
            {
                int value;
                Native.Check(Native.dtf_tensor_is_leaf(Handle, &value));
                return value != 0;
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>Keeps the gradient of a tensor that is no leaf.</summary>
        public void retain_grad() => Native.Check(Native.dtf_tensor_retain_grad(Handle));

        /// <summary>Adds the gradients of this scalar to the leaves it was computed from.</summary>
        public void backward() => autograd.backward(this);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);
    }
}
