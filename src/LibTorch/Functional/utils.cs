using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What is done to the gradients and parameters of a model as a whole.</summary>
        public static partial class utils
        {
            /// <summary>Scales the gradients so that their norm, as of one vector, is at most <paramref name="max_norm"/>.</summary>
            /// <returns>The norm before. Parameters without a gradient count for nothing.</returns>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var mode = no_grad();
                using var scope = NewDisposeScope();
                var grads = tensors.Select(t => t.grad).OfType<Tensor>().ToArray();
                if (grads.Length == 0) return 0;
                var norms = stack([.. grads.Select(g => g.norm((float)norm_type).to(ScalarType.Float32))]);
                var total = norms.norm((float)norm_type).item<float>();
                // As torch: the small number keeps the quotient finite.
                var factor = max_norm / (total + 1e-6);
                if (factor >= 1) return total;
                foreach (var grad in grads) grad.mul_(factor);
                return total;
            }

            /// <summary>Bounds every element of the gradients by ±<paramref name="clip_value"/>.</summary>
            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var mode = no_grad();
                foreach (var tensor in tensors)
                {
                    using var grad = tensor.grad;
                    grad?.clamp_(-clip_value, clip_value);
                }
            }

            /// <summary>The parameters one after the other: <c>[sum of their sizes]</c>.</summary>
            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                return cat([.. tensors.Select(t => t.reshape(-1))]).MoveToOuterDisposeScope();
            }

            /// <summary>Copies a vector of <see cref="parameters_to_vector"/> back into the parameters.</summary>
            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                using var mode = no_grad();
                using var scope = NewDisposeScope();
                var start = 0L;
                foreach (var tensor in tensors)
                {
                    var length = tensor.numel();
                    tensor.copy_(vec.narrow(0, start, length).view_as(tensor));
                    start += length;
                }
            }
        }
    }
}
