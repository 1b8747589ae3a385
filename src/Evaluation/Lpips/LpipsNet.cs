namespace DiTFastAttn.Evaluation;

/// <summary>The network whose features LPIPS compares.</summary>
public enum LpipsNet
{
    /// <summary>AlexNet: what the paper of LPIPS recommends for comparing pictures.</summary>
    Alex,

    /// <summary>SqueezeNet 1.1: what DiTFastAttn's plan search can use.</summary>
    Squeeze,
}
