using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary><c>x · sigmoid(x)</c>.</summary>
    public sealed class SiLU : ParameterLessModule<Tensor, Tensor>
    {
        internal SiLU(bool inplace) : base(nameof(SiLU))
        {
            this.inplace = inplace;
        }

        /// <summary>Whether the input is overwritten.</summary>
        public bool inplace { get; set; }

        public override Tensor forward(Tensor tensor) => nn.functional.silu(tensor, inplace);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary><c>x · sigmoid(x)</c>.</summary>
            public static SiLU SiLU() => new(inplace: false);

            /// <summary><c>x · sigmoid(x)</c>, where <paramref name="inplace"/> says so over the input.</summary>
            public static SiLU SiLU(bool inplace) => new(inplace);
        }
    }
}
