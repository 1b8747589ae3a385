namespace TorchSharp.Binding;

/// <summary>What a <see cref="NativeValue"/> holds. The values are those of <c>Tag</c> in <c>native/ditfast_torch.cpp</c>.</summary>
internal enum Tag
{
    None,
    Tensor,
    Int,
    Double,
    Bool,
    IntList,
    DoubleList,
    TensorList,
    OptionalTensorList,
    String,
    Device,
    Generator,
}
