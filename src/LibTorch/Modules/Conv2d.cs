using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Convolution over height and width: <c>[N, C, H, W]</c>, with or without the batch.</summary>
    public sealed class Conv2d : Convolution
    {
        internal Conv2d(long inChannels, long outChannels, ConvolutionOptions options) : base(nameof(Conv2d), inChannels, outChannels, options)
        {
        }

        public override Tensor forward(Tensor input) => Convolve(input, nn.functional.conv2d, nn.functional.conv2d_padding);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Convolution over height and width with the same numbers in each direction.</summary>
            public static Conv2d Conv2d(
                long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1,
                PaddingModes padding_mode = PaddingModes.Zeros,
                long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, new ConvolutionOptions(
                    [kernel_size, kernel_size], [stride, stride], [padding, padding], PaddingType: null, [dilation, dilation], padding_mode, groups, bias,
                    device, dtype));

            /// <summary>Convolution over height and width with the same numbers in each direction and padding by its effect.</summary>
            public static Conv2d Conv2d(
                long in_channels, long out_channels, long kernel_size, Padding padding, long stride = 1, long dilation = 1,
                PaddingModes padding_mode = PaddingModes.Zeros,
                long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, new ConvolutionOptions(
                    [kernel_size, kernel_size], [stride, stride], [0, 0], padding, [dilation, dilation], padding_mode, groups, bias, device, dtype));

            /// <summary>Convolution over height and width with numbers for each direction.</summary>
            public static Conv2d Conv2d(
                long in_channels, long out_channels, (long, long) kernel_size, (long, long)? stride = null,
                (long, long)? padding = null, (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros,
                long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            {
                var (s, p, d) = (stride ?? (1, 1), padding ?? (0, 0), dilation ?? (1, 1));
                return new(in_channels, out_channels, new ConvolutionOptions(
                    [kernel_size.Item1, kernel_size.Item2], [s.Item1, s.Item2], [p.Item1, p.Item2], PaddingType: null,
                    [d.Item1, d.Item2], padding_mode, groups, bias, device, dtype));
            }

            /// <summary>Convolution over height and width with numbers for each direction and padding by its effect.</summary>
            public static Conv2d Conv2d(
                long in_channels, long out_channels, (long, long) kernel_size, Padding padding, (long, long)? stride = null,
                (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros,
                long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            {
                var (s, d) = (stride ?? (1, 1), dilation ?? (1, 1));
                return new(in_channels, out_channels, new ConvolutionOptions(
                    [kernel_size.Item1, kernel_size.Item2], [s.Item1, s.Item2], [0, 0], padding, [d.Item1, d.Item2], padding_mode, groups, bias,
                    device, dtype));
            }
        }
    }
}
