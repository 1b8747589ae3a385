using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Normalises the last dimensions, whose sizes are <paramref name="normalized_shape"/>; weight and bias have that shape.</summary>
            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05) =>
                Op.layer_norm.Call(input, normalized_shape, weight, bias, eps);

            /// <summary>Normalises groups of channels of <c>[N, C, *]</c>; weight and bias are <c>[C]</c>.</summary>
            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05) =>
                Op.group_norm.Call(input, num_groups, weight, bias, eps);

            /// <summary>Divides by the p-norm along <paramref name="dim"/>, or by <paramref name="eps"/> where that is larger.</summary>
            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12)
            {
                using var norm = input.norm((int)dim, keepdim: true, (float)p);
                using var bounded = norm.clamp_min(eps);
                return input / bounded;
            }
        }
    }
}
