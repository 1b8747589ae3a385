namespace DiTFastAttn.Models.Weights.Torch;

/// <summary>What a global in a weight file's pickle stands for.</summary>
internal enum PickleRole
{
    /// <summary>A dictionary.</summary>
    OrderedDict,

    /// <summary>A tensor on a typed storage.</summary>
    RebuildTensor,

    /// <summary>A tensor with a dtype of its own.</summary>
    RebuildTensorWithDtype,

    /// <summary>A tensor that is learned.</summary>
    RebuildParameter,

    /// <summary>A class of storages.</summary>
    StorageClass,

    /// <summary>An element type.</summary>
    Dtype,

    /// <summary>A class whose objects are read past.</summary>
    Ignored,
}
