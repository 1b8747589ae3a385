using TorchSharp.Binding;

namespace TorchSharp;

public static unsafe partial class torch
{
    public static ScalarType get_default_dtype()
    {
        int dtype;
        Native.Check(Native.dtf_default_dtype(&dtype));
        return (ScalarType)dtype;
    }

    /// <summary>The dtype of new floating-point tensors that name none.</summary>
    public static void set_default_dtype(ScalarType dtype) => Native.Check(Native.dtf_set_default_dtype((int)dtype));

    public static bool is_floating_point(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    public static bool is_floating_point(Tensor input) => is_floating_point(input.dtype);

    public static bool is_complex(ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

    public static bool is_complex(Tensor input) => is_complex(input.dtype);

    public static bool is_integral(ScalarType type) => !is_floating_point(type) && !is_complex(type);

    public static bool is_integral(Tensor t) => is_integral(t.dtype);

    /// <summary>The dtype that holds values of both.</summary>
    public static ScalarType promote_types(ScalarType type1, ScalarType type2)
    {
        int promoted;
        Native.Check(Native.dtf_promote_types((int)type1, (int)type2, &promoted));
        return (ScalarType)promoted;
    }

    public static ScalarType result_type(Tensor tensor1, Tensor tensor2) => (ScalarType)Op.result_type_Tensor.CallValue(tensor1, tensor2).Int;

    /// <summary>Whether torch converts so by itself.</summary>
    public static bool can_cast(ScalarType from, ScalarType to) => Op.can_cast.CallBool(from, to);

    public static FInfo finfo() => finfo(get_default_dtype());

    /// <summary>The limits of a floating-point dtype.</summary>
    public static FInfo finfo(ScalarType dtype) => dtype switch
    {
        ScalarType.Float16 => new FInfo(16, 0.0009765625, 65504, 6.103515625e-05, 0.001),
        ScalarType.BFloat16 => new FInfo(16, 0.0078125, 3.3895313892515355e+38, 1.1754943508222875e-38, 0.01),
        ScalarType.Float32 => new FInfo(32, 1.1920928955078125e-07, float.MaxValue, 1.1754943508222875e-38, 1e-6),
        ScalarType.Float64 => new FInfo(64, 2.220446049250313e-16, double.MaxValue, 2.2250738585072014e-308, 1e-15),
        _ => throw new ArgumentException($"'{dtype}' is not a floating-point dtype", nameof(dtype)),
    };

    /// <summary>The limits of a floating-point dtype.</summary>
    public struct FInfo
    {
        public int bits;
        public double eps;
        public double max;
        public double min;
        public double resolution;
        public double smallest_normal;
        public double tiny;

        internal FInfo(int bits, double eps, double max, double normal, double resolution)
        {
            (this.bits, this.eps, this.max, min, this.resolution) = (bits, eps, max, -max, resolution);
            smallest_normal = tiny = normal;
        }
    }
}
