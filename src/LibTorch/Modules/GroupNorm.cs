using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Normalises groups of channels of <c>[N, C, *]</c> to mean 0 and variance 1, then scales and shifts (arXiv 1803.08494).</summary>
    public sealed class GroupNorm : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = nameof(weight))] private Parameter? ownWeight;
        [ComponentName(Name = nameof(bias))] private Parameter? ownBias;

        internal GroupNorm(long num_groups, long num_channels, double eps, bool affine, Device? device, ScalarType? dtype) : base(nameof(GroupNorm))
        {
            this.num_groups = num_groups;
            this.eps = eps;
            this.affine = affine;
            if (!affine) return;
            weight = nn.Parameter(ones([num_channels], dtype, device));
            bias = nn.Parameter(zeros([num_channels], dtype, device));
        }

        public long num_groups { get; set; }

        public double eps { get; set; }

        public bool affine { get; set; }

        /// <summary><c>[C]</c>, null without <see cref="affine"/>; a new one replaces and disposes the old.</summary>
        public Parameter weight
        {
            get => ownWeight!;
            set => ReplaceOwn(nameof(weight), ref ownWeight, value ?? throw new ArgumentNullException(nameof(weight)));
        }

        /// <summary><c>[C]</c>, or null; a new one replaces and disposes the old.</summary>
        public Parameter? bias
        {
            get => ownBias;
            set => ReplaceOwn(nameof(bias), ref ownBias, value);
        }

        public override Tensor forward(Tensor tensor)
        {
            if (tensor.Dimensions < 3) throw new ArgumentException($"Invalid number of dimensions for GroupNorm argument: {tensor.Dimensions}", nameof(tensor));
            return nn.functional.group_norm(tensor, num_groups, ownWeight, ownBias, eps);
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Group normalisation of <paramref name="num_channels"/> channels in <paramref name="num_groups"/> groups.</summary>
            public static GroupNorm GroupNorm(
                long num_groups, long num_channels, double eps = 1e-05, bool affine = true, Device? device = null, ScalarType? dtype = null) =>
                new(num_groups, num_channels, eps, affine, device, dtype);
        }
    }
}
