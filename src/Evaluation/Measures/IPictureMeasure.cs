using TorchSharp;

namespace DiTFastAttn.Evaluation.Measures;

/// <summary>What is measured of each picture by itself, as a row of float32 numbers: it does not depend on who else is in the batch.</summary>
internal interface IPictureMeasure : IDisposable
{
    /// <summary>What is measured.</summary>
    string Name { get; }

    /// <summary>Numbers of a picture.</summary>
    int Width { get; }

    /// <summary>All that the numbers depend on besides the picture: two runs that differ in it do not go together.</summary>
    string Identity { get; }

    /// <summary>Measures pictures.</summary>
    /// <param name="pictures">At least one.</param>
    /// <returns><c>[B, Width]</c>, float32, on the CPU; the caller owns it.</returns>
    torch.Tensor Measure(IReadOnlyList<MeasuredPicture> pictures);
}
