namespace DiTFastAttn.Models;

/// <summary>Element types of weight files, under the names that safetensors headers use.</summary>
public enum SafetensorsDtype
{
    /// <summary>Boolean, one byte.</summary>
    BOOL,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>8-bit float with 5 exponent bits.</summary>
    F8_E5M2,

    /// <summary>8-bit float with 4 exponent bits.</summary>
    F8_E4M3,

    /// <summary>8-bit power of two, a scale of block formats.</summary>
    F8_E8M0,

    /// <summary>8-bit float with 4 exponent bits, without infinities and negative zero.</summary>
    F8_E4M3FNUZ,

    /// <summary>8-bit float with 5 exponent bits, without infinities and negative zero.</summary>
    F8_E5M2FNUZ,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>bfloat16.</summary>
    BF16,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>IEEE single precision.</summary>
    F32,

    /// <summary>IEEE double precision.</summary>
    F64,

    /// <summary>Complex number of two single-precision parts.</summary>
    C64,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,
}
