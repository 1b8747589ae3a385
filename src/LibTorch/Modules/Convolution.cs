using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp
{
    /// <summary>What stands outside of the edges of a convolved tensor.</summary>
    public enum PaddingModes
    {
        Zeros = 0,
        Reflect = 1,
        Replicate = 2,
        Circular = 3,
        Constant = 4,
    }

    /// <summary>Padding by its effect: none, or as much as keeps the size.</summary>
    public enum Padding
    {
        Valid = 0,
        Same = 1,
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Base of the convolutions: <c>[N, C_in, *] -> [N, C_out, *]</c>, with or without the batch.</summary>
    public abstract class Convolution : nn.Module<Tensor, Tensor>
    {
        private protected readonly int spatialDimensions;
        [ComponentName(Name = nameof(weight))] private Parameter? ownWeight;
        [ComponentName(Name = nameof(bias))] private Parameter? ownBias;

        private protected Convolution(string name, long inChannels, long outChannels, ConvolutionOptions options) : base(name)
        {
            spatialDimensions = options.KernelSize.Length;
            in_channels = inChannels;
            out_channels = outChannels;
            kernel_size = options.KernelSize;
            stride = options.Stride;
            dilation = options.Dilation;
            groups = options.Groups;
            padding = options.PaddingType is null ? options.Padding : null;
            padding_type = options.PaddingType;
            padding_mode = options.PaddingMode;
            if (padding_type == TorchSharp.Padding.Same && stride.Any(s => s != 1))
                throw new ArgumentException("padding='same' is not supported for strided convolutions", nameof(options));

            weight = nn.Parameter(empty([outChannels, inChannels / groups, .. kernel_size], options.DType, options.Device));
            if (options.HasBias) bias = nn.Parameter(empty([outChannels], options.DType, options.Device));
            reset_parameters();
        }

        public long in_channels { get; }

        public long out_channels { get; }

        public long[] kernel_size { get; set; }

        public long[] stride { get; set; }

        public long[] dilation { get; set; }

        public long groups { get; set; }

        /// <summary>Padding on both sides of each dimension; null where <see cref="padding_type"/> says it.</summary>
        public long[]? padding { get; private set; }

        public Padding? padding_type { get; private set; }

        public PaddingModes padding_mode { get; set; }

        /// <summary><c>[C_out, C_in / groups, *kernel_size]</c>; a new one replaces and disposes the old.</summary>
        public Parameter weight
        {
            get => ownWeight!;
            set => ReplaceOwn(nameof(weight), ref ownWeight, value ?? throw new ArgumentNullException(nameof(weight)));
        }

        /// <summary><c>[C_out]</c>, or null; a new one replaces and disposes the old.</summary>
        public Parameter? bias
        {
            get => ownBias;
            set => ReplaceOwn(nameof(bias), ref ownBias, value);
        }

        /// <summary>Weight and bias uniform in <c>±1/√fan_in</c>, as torch's.</summary>
        public void reset_parameters() => nn.init.FanInUniform(weight, bias);

        /// <summary>
        /// Pads as <see cref="padding_mode"/> says, then convolves. <paramref name="convolve"/> is the operator with padding as numbers,
        /// <paramref name="convolveByType"/> the one with padding by its effect.
        /// </summary>
        private protected Tensor Convolve(
            Tensor input, Func<Tensor, Tensor, Tensor?, long[]?, long[]?, long[]?, long, Tensor> convolve,
            Func<Tensor, Tensor, Tensor?, long[]?, Padding, long[]?, long, Tensor> convolveByType)
        {
            if (!ValidateShape(input, spatialDimensions))
            {
                throw new ArgumentException(
                    $"Expected {spatialDimensions + 1}D (unbatched) or {spatialDimensions + 2}D (batched) input with {in_channels} channels to {GetName()}.",
                    nameof(input));
            }
            if (padding_mode != PaddingModes.Zeros)
            {
                using var padded = nn.functional.pad(input, OuterPadding(), padding_mode);
                return convolve(padded, weight, bias, stride, new long[spatialDimensions], dilation, groups);
            }
            return padding_type is { } type
                ? convolveByType(input, weight, bias, stride, type, dilation, groups)
                : convolve(input, weight, bias, stride, padding, dilation, groups);
        }

        protected bool ValidateShape(Tensor input, long dimensions)
        {
            var shape = input.shape;
            return (shape.Length == dimensions + 2 && shape[1] == in_channels) || (shape.Length == dimensions + 1 && shape[0] == in_channels);
        }

        /// <summary>The padding as <c>pad</c> takes it: left and right of the last dimension first.</summary>
        private long[] OuterPadding()
        {
            var pad = new long[2 * spatialDimensions];
            for (var d = 0; d < spatialDimensions; d++)
            {
                var total = padding_type switch
                {
                    TorchSharp.Padding.Same => dilation[d] * (kernel_size[d] - 1),
                    TorchSharp.Padding.Valid => 0,
                    _ => 2 * padding![d],
                };
                var at = 2 * (spatialDimensions - 1 - d);
                pad[at] = total / 2;
                pad[at + 1] = total - (total / 2);
            }
            return pad;
        }
    }

    /// <summary>How a convolution is made; lists have an entry for each spatial dimension.</summary>
    internal sealed record ConvolutionOptions(
        long[] KernelSize, long[] Stride, long[] Padding, Padding? PaddingType, long[] Dilation, PaddingModes PaddingMode, long Groups, bool HasBias,
        Device? Device, ScalarType? DType);
}
