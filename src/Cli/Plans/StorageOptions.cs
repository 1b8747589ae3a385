using System.CommandLine;
using TorchSharp;

namespace DiTFastAttn.Cli.Plans;

/// <summary>The options that say how runs keep residuals and outputs between steps.</summary>
internal static class StorageOptions
{
    /// <summary><c>--cache-dtype</c></summary>
    public static readonly Option<torch.ScalarType?> Dtype = ValueOption.Make<torch.ScalarType?>(
        ["--cache-dtype"], "float16|bfloat16|float32", "Element type in which residuals and outputs are kept between steps; that of the computation where not given.",
        text => text switch
        {
            "float16" => torch.ScalarType.Float16,
            "bfloat16" => torch.ScalarType.BFloat16,
            "float32" => torch.ScalarType.Float32,
            _ => throw new FormatException("give one of float16, bfloat16, float32"),
        });

    /// <summary><c>--cache-on-host</c></summary>
    public static readonly Option<bool> OnHost = new("--cache-on-host") { Description = "Keep residuals and outputs in the host's memory, for a model on a GPU." };

    /// <summary>What a call asks for.</summary>
    public static StateStorage Of(VerbCall call) => new() { Dtype = call.Get(Dtype), OnHost = call.Get(OnHost) };

    /// <summary>What names of plans, results and pictures end with: those of another element type are others.</summary>
    public static string TitleEnd(VerbCall call) => call.Get(Dtype) is { } dtype ? $"_cache-{dtype.ToString().ToLowerInvariant()}" : "";
}
