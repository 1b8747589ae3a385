using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary><c>1 / (1 + e⁻ˣ)</c>.</summary>
    public sealed class Sigmoid : ParameterLessModule<Tensor, Tensor>
    {
        internal Sigmoid(bool inplace) : base(nameof(Sigmoid))
        {
            this.inplace = inplace;
        }

        /// <summary>Whether the input is overwritten.</summary>
        public bool inplace { get; set; }

        public override Tensor forward(Tensor tensor) => nn.functional.sigmoid(tensor, inplace);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary><c>1 / (1 + e⁻ˣ)</c>.</summary>
            public static Sigmoid Sigmoid() => new(inplace: false);

            /// <summary><c>1 / (1 + e⁻ˣ)</c>, where <paramref name="inplace"/> says so over the input.</summary>
            public static Sigmoid Sigmoid(bool inplace) => new(inplace);
        }
    }
}
