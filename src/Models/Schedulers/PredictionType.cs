namespace DiTFastAttn.Models;

/// <summary>What the model's output stands for.</summary>
public enum PredictionType
{
    /// <summary>The noise ε (<c>epsilon</c>).</summary>
    Epsilon = 0,

    /// <summary>The clean sample x₀ (<c>sample</c>).</summary>
    Sample = 1,

    /// <summary>v = √ᾱ·ε − √(1−ᾱ)·x₀ (<c>v_prediction</c>; Salimans &amp; Ho 2022).</summary>
    VPrediction = 2,

    /// <summary>The velocity ε − x₀ of a straight path (<c>flow_prediction</c>).</summary>
    FlowPrediction = 3,
}
