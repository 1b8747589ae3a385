using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>Same shape and the same values.</summary>
        public bool Equals(Tensor target) => target is not null && Op.equal.CallBool(this, target);

    }
}
