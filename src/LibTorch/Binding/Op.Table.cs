namespace TorchSharp.Binding;

/// <summary>The operators that the binding calls, by their schema names. One line adds one.</summary>
internal sealed partial class Op
{
    internal static readonly Op add__Scalar = new("add_.Scalar");
    internal static readonly Op add__Tensor = new("add_.Tensor");
    internal static readonly Op add_Scalar = new("add.Scalar");
    internal static readonly Op add_Tensor = new("add.Tensor");
    internal static readonly Op arange = new("arange");
    internal static readonly Op arange_start = new("arange.start");
    internal static readonly Op arange_start_step = new("arange.start_step");
    internal static readonly Op bernoulli = new("bernoulli");
    internal static readonly Op complex = new("complex");
    internal static readonly Op div__Scalar_mode = new("div_.Scalar_mode");
    internal static readonly Op div__Tensor_mode = new("div_.Tensor_mode");
    internal static readonly Op div_Scalar_mode = new("div.Scalar_mode");
    internal static readonly Op div_Tensor_mode = new("div.Tensor_mode");
    internal static readonly Op empty = new("empty");
    internal static readonly Op empty_like = new("empty_like");
    internal static readonly Op empty_strided = new("empty_strided");
    internal static readonly Op equal = new("equal");
    internal static readonly Op eye_m = new("eye.m");
    internal static readonly Op full = new("full");
    internal static readonly Op full_like = new("full_like");
    internal static readonly Op linspace = new("linspace");
    internal static readonly Op logspace = new("logspace");
    internal static readonly Op mul__Scalar = new("mul_.Scalar");
    internal static readonly Op mul__Tensor = new("mul_.Tensor");
    internal static readonly Op mul_Scalar = new("mul.Scalar");
    internal static readonly Op mul_Tensor = new("mul.Tensor");
    internal static readonly Op multinomial = new("multinomial");
    internal static readonly Op normal_float_float = new("normal.float_float");
    internal static readonly Op normal_Tensor_Tensor = new("normal.Tensor_Tensor");
    internal static readonly Op ones = new("ones");
    internal static readonly Op ones_like = new("ones_like");
    internal static readonly Op poisson = new("poisson");
    internal static readonly Op rand_generator = new("rand.generator");
    internal static readonly Op rand_like = new("rand_like");
    internal static readonly Op randint_low_generator = new("randint.low_generator");
    internal static readonly Op randn_generator = new("randn.generator");
    internal static readonly Op randn_like = new("randn_like");
    internal static readonly Op randperm_generator = new("randperm.generator");
    internal static readonly Op sub__Scalar = new("sub_.Scalar");
    internal static readonly Op sub__Tensor = new("sub_.Tensor");
    internal static readonly Op sub_Scalar = new("sub.Scalar");
    internal static readonly Op sub_Tensor = new("sub.Tensor");
    internal static readonly Op to_device = new("to.device");
    internal static readonly Op to_dtype = new("to.dtype");
    internal static readonly Op zeros = new("zeros");
    internal static readonly Op zeros_like = new("zeros_like");
    internal static readonly Op _local_scalar_dense = new("_local_scalar_dense");
}
