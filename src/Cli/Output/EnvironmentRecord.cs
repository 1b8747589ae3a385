using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DiTFastAttn.Cli;

/// <summary>Where results were computed.</summary>
/// <param name="Ditfast">This program's version.</param>
/// <param name="Torch">Torch's.</param>
/// <param name="Runtime">.NET's.</param>
/// <param name="System">Operating system and processor.</param>
/// <param name="Device">What it computed on.</param>
/// <param name="Threads">Of the CPU.</param>
internal sealed record EnvironmentRecord(string Ditfast, string Torch, string Runtime, string System, string Device, int Threads)
{
    /// <summary>This machine's.</summary>
    /// <param name="device">What is computed on.</param>
    public static EnvironmentRecord Of(torch.Device device) => new(
        typeof(EnvironmentRecord).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
        torch.__version__,
        RuntimeInformation.FrameworkDescription,
        $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}",
        device.ToString(),
        torch.get_num_threads());
}
