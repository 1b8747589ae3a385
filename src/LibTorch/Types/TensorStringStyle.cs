namespace TorchSharp;

/// <summary>How <c>ToString</c> writes a tensor.</summary>
public enum TensorStringStyle
{
    /// <summary>Shape, dtype and device.</summary>
    Metadata = 0,
    Julia = 1,
    Numpy = 2,
    CSharp = 3,

    /// <summary>What <c>torch.TensorStringStyle</c> says.</summary>
    Default = 4,
}
