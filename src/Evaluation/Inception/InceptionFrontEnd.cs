namespace DiTFastAttn.Evaluation;

/// <summary>How pictures become the FID network's input: the libraries differ, and so do their numbers.</summary>
public enum InceptionFrontEnd
{
    /// <summary>Of pytorch-fid: x/255, bilinear to 299×299 with half-pixel centres and no antialiasing, 2x − 1.</summary>
    PytorchFid,

    /// <summary>Of torch-fidelity and torchmetrics: bilinear as TensorFlow 1 has it, without half-pixel centres, then (x − 128)/128.</summary>
    TorchFidelity,
}
