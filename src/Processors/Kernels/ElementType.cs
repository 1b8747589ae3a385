namespace DiTFastAttn.Processors.Kernels;

/// <summary>What the tensors of a call hold; it is computed in float32 whatever they hold.</summary>
internal enum ElementType
{
    Float32,
    BFloat16,
    Float16,
}
