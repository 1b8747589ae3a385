using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Convolution over time, height and width: <c>[N, C, T, H, W]</c>, with or without the batch.</summary>
    public sealed class Conv3d : Convolution
    {
        internal Conv3d(long inChannels, long outChannels, ConvolutionOptions options) : base(nameof(Conv3d), inChannels, outChannels, options)
        {
        }

        public override Tensor forward(Tensor input) => Convolve(input, nn.functional.conv3d, nn.functional.conv3d_padding);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Convolution over time, height and width with the same numbers in each direction.</summary>
            public static Conv3d Conv3d(
                long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1,
                PaddingModes padding_mode = PaddingModes.Zeros,
                long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, new ConvolutionOptions(
                    [kernel_size, kernel_size, kernel_size], [stride, stride, stride], [padding, padding, padding], PaddingType: null, [dilation, dilation, dilation], padding_mode, groups, bias,
                    device, dtype));

            /// <summary>Convolution over time, height and width with the same numbers in each direction and padding by its effect.</summary>
            public static Conv3d Conv3d(
                long in_channels, long out_channels, long kernel_size, Padding padding, long stride = 1, long dilation = 1,
                PaddingModes padding_mode = PaddingModes.Zeros,
                long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, new ConvolutionOptions(
                    [kernel_size, kernel_size, kernel_size], [stride, stride, stride], [0, 0, 0], padding, [dilation, dilation, dilation], padding_mode, groups, bias, device, dtype));

            /// <summary>Convolution over time, height and width with numbers for each direction.</summary>
            public static Conv3d Conv3d(
                long in_channels, long out_channels, (long, long, long) kernel_size, (long, long, long)? stride = null,
                (long, long, long)? padding = null, (long, long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros,
                long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            {
                var (s, p, d) = (stride ?? (1, 1, 1), padding ?? (0, 0, 0), dilation ?? (1, 1, 1));
                return new(in_channels, out_channels, new ConvolutionOptions(
                    [kernel_size.Item1, kernel_size.Item2, kernel_size.Item3], [s.Item1, s.Item2, s.Item3], [p.Item1, p.Item2, p.Item3], PaddingType: null,
                    [d.Item1, d.Item2, d.Item3], padding_mode, groups, bias, device, dtype));
            }

            /// <summary>Convolution over time, height and width with numbers for each direction and padding by its effect.</summary>
            public static Conv3d Conv3d(
                long in_channels, long out_channels, (long, long, long) kernel_size, Padding padding, (long, long, long)? stride = null,
                (long, long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros,
                long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            {
                var (s, d) = (stride ?? (1, 1, 1), dilation ?? (1, 1, 1));
                return new(in_channels, out_channels, new ConvolutionOptions(
                    [kernel_size.Item1, kernel_size.Item2, kernel_size.Item3], [s.Item1, s.Item2, s.Item3], [0, 0, 0], padding, [d.Item1, d.Item2, d.Item3], padding_mode, groups, bias,
                    device, dtype));
            }
        }
    }
}
