using TorchSharp.Binding;

namespace TorchSharp;

public static unsafe partial class torch
{
    private static ScalarType defaultDtype = ScalarType.Float32;

    public static ScalarType get_default_dtype() => defaultDtype;

    /// <summary>The dtype of new floating-point tensors that name none.</summary>
    public static void set_default_dtype(ScalarType dtype) => defaultDtype = dtype;

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
}
