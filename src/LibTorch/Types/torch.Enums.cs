namespace TorchSharp;

public static partial class torch
{
    public static readonly ScalarType uint8 = ScalarType.Byte;
    public static readonly ScalarType int8 = ScalarType.Int8;
    public static readonly ScalarType int16 = ScalarType.Int16;
    public static readonly ScalarType @short = ScalarType.Int16;
    public static readonly ScalarType int32 = ScalarType.Int32;
    public static readonly ScalarType @int = ScalarType.Int32;
    public static readonly ScalarType int64 = ScalarType.Int64;
    public static readonly ScalarType @long = ScalarType.Int64;
    public static readonly ScalarType float16 = ScalarType.Float16;
    public static readonly ScalarType half = ScalarType.Float16;
    public static readonly ScalarType bfloat16 = ScalarType.BFloat16;
    public static readonly ScalarType float32 = ScalarType.Float32;
    public static readonly ScalarType @float = ScalarType.Float32;
    public static readonly ScalarType float64 = ScalarType.Float64;
    public static readonly ScalarType @double = ScalarType.Float64;
    public static readonly ScalarType complex64 = ScalarType.ComplexFloat32;
    public static readonly ScalarType cfloat = ScalarType.ComplexFloat32;
    public static readonly ScalarType complex128 = ScalarType.ComplexFloat64;
    public static readonly ScalarType cdouble = ScalarType.ComplexFloat64;
    public static readonly ScalarType @bool = ScalarType.Bool;

    /// <summary>Element types, with libtorch's numbers.</summary>
    public enum ScalarType : sbyte
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        ComplexFloat32 = 9,
        ComplexFloat64 = 10,
        Bool = 11,
        BFloat16 = 15,
    }

    public enum layout
    {
        strided = 0,
        sparse_coo = 1,
    }

    public enum memory_format
    {
        preserve_format = 0,
        contiguous_format = 1,
        channels_last = 2,
    }

    /// <summary>What a division does with its remainder.</summary>
    public enum RoundingMode
    {
        None = 0,
        trunc = 1,
        floor = 2,
    }

    public enum indexing
    {
        xy = 0,
        ij = 1,
    }

    public enum Reduce
    {
        prod = 0,
        mean = 1,
        amax = 2,
        amin = 3,
    }

    /// <summary>Whether <c>cdist</c> goes through a matrix product.</summary>
    public enum compute_mode
    {
        use_mm_for_euclid_dist_if_necessary = 0,
        use_mm_for_euclid_dist = 1,
        donot_use_mm_for_euclid_dist = 2,
    }
}
