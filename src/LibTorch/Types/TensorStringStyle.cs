namespace TorchSharp;

/// <summary>How <c>ToString</c> writes a tensor.</summary>
public enum TensorStringStyle
{
    /// <summary>Shape, dtype and device. The others show the elements too, in nested brackets.</summary>
    Metadata = 0,
    Julia = 1,
    Numpy = 2,
    CSharp = 3,
    Default = 4,
}
