using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli;

/// <summary>What <c>--device</c> and <c>--dtype</c> come to on this machine.</summary>
/// <param name="Device">Where to compute.</param>
/// <param name="AskedDtype">What the user asked to compute in, if anything.</param>
internal sealed record TorchUse(torch.Device Device, ScalarType? AskedDtype)
{
    /// <summary>What to compute in where no weights have a say.</summary>
    public ScalarType Dtype => AskedDtype ?? ScalarType.Float32;

    /// <summary>Refuses a dtype that torch does not multiply in on the device: before 2.2 it has no float16 on the CPU.</summary>
    /// <exception cref="MachineLacksException">It does not.</exception>
    public void RequireArithmetic()
    {
        if (AskedDtype != ScalarType.Float16 || Device.type != DeviceType.CPU)
        {
            return;
        }

        try
        {
            using var half = ones([2, 2], ScalarType.Float16);
            using var product = half.matmul(half);
        }
        catch (ExternalException error)
        {
            throw new MachineLacksException("--dtype float16: this torch does not compute in it on the CPU; use float32, bfloat16, or a GPU.", error);
        }
    }

    /// <summary>Applies the options of a call: threads and seed at once, device and dtype as the result.</summary>
    /// <param name="call">The call; of options that its verb does not take, the defaults hold.</param>
    /// <exception cref="MachineLacksException">There is no such device.</exception>
    public static TorchUse Of(VerbCall call)
    {
        CpuThreads.Use(call);

        random.manual_seed(call.Get(CommonOptions.Seed));
        ScalarType? dtype = call.Get(CommonOptions.Dtype) switch
        {
            "bfloat16" => ScalarType.BFloat16,
            "float16" => ScalarType.Float16,
            "float32" => ScalarType.Float32,
            _ => null,
        };
        return new TorchUse(Find(call.Get(CommonOptions.Device) ?? DeviceChoice.Auto), dtype);
    }

    private static torch.Device Find(DeviceChoice choice)
    {
        var hasCuda = choice.Kind != "cpu" && cuda.is_available();
        if (choice.Kind == "cpu" || (choice == DeviceChoice.Auto && !hasCuda))
        {
            return CPU;
        }

        if (!hasCuda)
        {
            throw new MachineLacksException(
                $"--device {choice}: this torch has no CUDA; use --device cpu, or set DITFAST_TORCH to a libtorch built for CUDA on a machine with an NVIDIA GPU.");
        }

        var count = cuda.device_count();
        return choice.Index < count
            ? new torch.Device(DeviceType.CUDA, choice.Index)
            : throw new MachineLacksException(string.Create(
                CultureInfo.InvariantCulture, $"--device {choice}: this machine has {count} CUDA device(s), from cuda:0 on; use one of those."));
    }
}
