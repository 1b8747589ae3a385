using TorchSharp.Modules;

namespace TorchSharp.Modules
{
    /// <summary>A tensor that a module learns: a module registers it as a parameter, where any other tensor becomes a buffer.</summary>
    public class Parameter : torch.Tensor
    {
        /// <summary>Takes over <paramref name="data"/>, which is empty afterwards, and its place in the dispose scope that owns it.</summary>
        public Parameter(torch.Tensor data, bool requires_grad = true) : base(Take(data, requires_grad, out var scope), register: false)
        {
            if (scope is null) return;
            scope.Register(this);
            OwningDisposeScope = scope;
        }

        private static IntPtr Take(torch.Tensor data, bool requiresGrad, out DisposeScope? scope)
        {
            scope = data.OwningDisposeScope;
            data.requires_grad = requiresGrad;
            return data.MoveHandle();
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Makes a parameter of <paramref name="data"/>, which is empty afterwards.</summary>
            public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}
