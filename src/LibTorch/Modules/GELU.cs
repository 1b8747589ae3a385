using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary><c>x · Φ(x)</c> by the error function; the tanh form is not in TorchSharp 0.106.</summary>
    public sealed class GELU : ParameterLessModule<Tensor, Tensor>
    {
        internal GELU(bool inplace) : base(nameof(GELU))
        {
            this.inplace = inplace;
        }

        /// <summary>Whether the input is overwritten.</summary>
        public bool inplace { get; set; }

        public override Tensor forward(Tensor tensor) => nn.functional.gelu(tensor, inplace);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary><c>x · Φ(x)</c> by the error function; the tanh form is not in TorchSharp 0.106.</summary>
            public static GELU GELU() => new(inplace: false);

            /// <summary><c>x · Φ(x)</c> by the error function; the tanh form is not in TorchSharp 0.106, where <paramref name="inplace"/> says so over the input.</summary>
            public static GELU GELU(bool inplace) => new(inplace);
        }
    }
}
