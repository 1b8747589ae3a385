using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using DiTFastAttn.Processors.Kernels;
using TorchSharp;

namespace DiTFastAttn.Cli;

/// <summary>Looks at the machine and at the torch that this process loads.</summary>
internal static class Examination
{
    /// <summary>Looks at everything; what is not there is in the report's <see cref="DoctorReport.Missing"/>, never an exception.</summary>
    public static DoctorReport Examine()
    {
        var root = LauncherReport.FindRoot();
        var launcher = LauncherReport.Read(root);
        List<string> missing = [];
        List<string> advice = [];

        var torchVersion = LoadTorch(missing);
        IReadOnlyList<string> devices = torchVersion is null ? [] : FindDevices();
        if (torchVersion is not null && devices.Count == 1 && File.Exists("/proc/driver/nvidia/version"))
            advice.Add("an NVIDIA driver is here and this torch has no CUDA: set DITFAST_TORCH to the folder of a libtorch built for CUDA");

        var (blas, core) = FindBlas(advice);
        var sdk = SdkVersion(root);
        // A published copy brings its runtime and is built nowhere.
        if (sdk is null && root is not null && File.Exists(Path.Combine(root, "global.json")))
            missing.Add("a .NET SDK that fits global.json: https://dotnet.microsoft.com/download/dotnet/10.0");

        return new DoctorReport
        {
            Sdk = sdk,
            Runtime = Environment.Version.ToString(),
            TorchProvider = typeof(torch).Assembly.GetName().Name == "TorchSharp" ? "TorchSharp" : "LibTorch",
            TorchVersion = torchVersion,
            TorchFolder = launcher["lib"],
            TorchReason = launcher["reason"],
            TorchConsidered = launcher.All("considered"),
            Devices = devices,
            Processor = ProcessorName(),
            InstructionSets = InstructionSets(),
            Kernel = AttentionKernels.Cpu.Name,
            KeyBlock = AttentionKernels.Cpu.KeyBlock,
            Blas = blas,
            BlasCore = core,
            Threads = CpuThreads.CountCores(),
            Missing = missing,
            Advice = advice,
        };
    }

    // A product of two matrices proves more than a version number: the library, its BLAS and the binding all answer.
    private static string? LoadTorch(List<string> missing)
    {
        try
        {
            using var scope = torch.NewDisposeScope();
            var eye = torch.eye(2);
            return torch.matmul(eye, eye).sum().item<float>() == 2 ? torch.__version__ : throw new InvalidOperationException("a product of two matrices is wrong");
        }
        catch (Exception problem) when (problem is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or NotSupportedException
                                            or InvalidOperationException or ExternalException)
        {
            var first = (problem.InnerException ?? problem).Message.ReplaceLineEndings(" ");
            missing.Add($"a torch that works ({first}): 'build/torch.sh forget' makes the next start look for another");
            return null;
        }
    }

    private static List<string> FindDevices()
    {
        List<string> devices = ["cpu"];
        if (torch.cuda.is_available())
            devices.AddRange(Enumerable.Range(0, torch.cuda.device_count()).Select(index => $"cuda:{index.ToString(CultureInfo.InvariantCulture)}"));
        return devices;
    }

    private static IReadOnlyList<string> InstructionSets() =>
    [
        .. from set in new (string Name, bool Supported)[]
           {
               ("avx512f", Avx512F.IsSupported), ("avx512bw", Avx512BW.IsSupported), ("avx512dq", Avx512DQ.IsSupported), ("avx512vbmi", Avx512Vbmi.IsSupported),
               ("avx2", Avx2.IsSupported), ("fma", Fma.IsSupported), ("advsimd", AdvSimd.IsSupported),
           }
           where set.Supported
           select set.Name,
    ];

    private static string ProcessorName() =>
        FirstValue("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();

    // The loader decides which BLAS a libtorch of the system gets, so the mapped files are asked and not the packages.
    private static (string Library, string? Core) FindBlas(List<string> advice)
    {
        var mapped = File.Exists("/proc/self/maps")
            ? File.ReadLines("/proc/self/maps").Select(line => line[(line.IndexOf('/', StringComparison.Ordinal) + 1)..]).Distinct().Select(path => "/" + path).ToList()
            : [];
        var libraries = mapped.FindAll(path => Path.GetFileName(path) is var name && (name.StartsWith("libblas.so", StringComparison.Ordinal) || name.StartsWith("libmkl_", StringComparison.Ordinal)));
        if (libraries.Count == 0)
            return ("inside libtorch", null);
        if (libraries[0].Contains("libmkl", StringComparison.Ordinal))
            return ("MKL", null);
        if (libraries[0].Contains("openblas", StringComparison.Ordinal))
        {
            var openblas = mapped.Find(path => Path.GetFileName(path).StartsWith("libopenblas", StringComparison.Ordinal)) ?? libraries[0];
            return ($"OpenBLAS ({libraries[0]})", OpenBlasCore(openblas));
        }

        advice.Add($"matrix products run in {libraries[0]}, which may be the slow reference BLAS: 'apt-get install libopenblas0-pthread' as root brings OpenBLAS");
        return (libraries[0], null);
    }

    private static string? OpenBlasCore(string path)
    {
        if (!NativeLibrary.TryLoad(path, out var library) || !NativeLibrary.TryGetExport(library, "openblas_get_corename", out var function))
            return null;
        return Marshal.PtrToStringAnsi(Marshal.GetDelegateForFunctionPointer<CoreName>(function)());
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate IntPtr CoreName();

    // In the checkout, because its global.json decides which SDK fits.
    private static string? SdkVersion(string? root)
    {
        try
        {
            using var dotnet = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", "--version")
            {
                WorkingDirectory = root ?? AppContext.BaseDirectory,
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
            var version = dotnet!.StandardOutput.ReadToEnd().Trim();
            dotnet.WaitForExit();
            return dotnet.ExitCode == 0 ? version : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static string? FirstValue(string file, string key) =>
        File.Exists(file)
            ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2)[^1].Trim()
            : null;
}
