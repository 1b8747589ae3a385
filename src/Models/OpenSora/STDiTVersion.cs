namespace DiTFastAttn.Models;

/// <summary>Which of OpenSora's spatial-temporal transformers a checkpoint is of.</summary>
public enum STDiTVersion
{
    /// <summary>STDiT of OpenSora v1.0: one fixed size, position tables for space and time.</summary>
    STDiT = 1,

    /// <summary>STDiT2 of OpenSora v1.1: any size and length, rotary embedding over time, sizes and frame rate as conditions.</summary>
    STDiT2 = 2,
}
