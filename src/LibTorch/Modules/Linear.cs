using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary><c>x Wᵀ + b</c> over the last dimension: <c>[*, in_features] -> [*, out_features]</c>.</summary>
    public sealed class Linear : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = nameof(weight))] private Parameter? ownWeight;
        [ComponentName(Name = nameof(bias))] private Parameter? ownBias;

        internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear))
        {
            in_features = weight.shape[1];
            out_features = weight.shape[0];
            this.weight = weight;
            this.bias = bias;
        }

        /// <summary>Weight and bias uniform in <c>±1/√in</c>, as torch's.</summary>
        internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype)
            : this(nn.Parameter(empty([outputSize, inputSize], dtype, device)), hasBias ? nn.Parameter(empty([outputSize], dtype, device)) : null)
        {
            nn.init.FanInUniform(ownWeight!, ownBias);
        }

        public long in_features { get; set; }

        public long out_features { get; set; }

        /// <summary><c>[out_features, in_features]</c>; a new one replaces and disposes the old.</summary>
        public Parameter weight
        {
            get => ownWeight!;
            set => ReplaceOwn(nameof(weight), ref ownWeight, value ?? throw new ArgumentNullException(nameof(weight)));
        }

        /// <summary><c>[out_features]</c>, or null; a new one replaces and disposes the old.</summary>
        public Parameter? bias
        {
            get => ownBias;
            set => ReplaceOwn(nameof(bias), ref ownBias, value);
        }

        public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, ownWeight!, ownBias);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>A linear layer with random weights.</summary>
            public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, outputSize, hasBias, device, dtype);

            /// <summary>A linear layer that takes over the given weight <c>[out, in]</c> and bias <c>[out]</c>.</summary>
            public static Linear Linear(Parameter weight, Parameter? bias = null) => new(weight, bias);
        }
    }
}
