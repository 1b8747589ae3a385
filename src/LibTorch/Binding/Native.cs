using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace TorchSharp.Binding;

/// <summary>The entries of <c>native/ditfast_torch.cpp</c>. Each returns 0, or 1 with the message in <see cref="dtf_error"/>.</summary>
internal static unsafe partial class Native
{
    private const string Library = "ditfast_torch";

    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);

    /// <summary>libtorch's version, as in <c>2.7.1</c>.</summary>
    internal static string Version => Marshal.PtrToStringUTF8(dtf_version())!;

    /// <summary>Turns a native failure into the exception TorchSharp throws for it.</summary>
    internal static void Check(int status)
    {
        if (status != 0) throw new ExternalException(Marshal.PtrToStringUTF8(dtf_error()));
    }

    /// <summary>Loads the native library, and libtorch with it. Where that fails the exception says so in one line.</summary>
    internal static IntPtr Load(string path)
    {
        if (!File.Exists(path))
            throw new DllNotFoundException($"{path} does not exist: this program was built without a libtorch. ./ditfast doctor shows where one was sought.");
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException($"libtorch does not load; it is gone or of another architecture ({Reason(e)}). ./ditfast doctor says what to do.", e);
        }
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (!string.Equals(name, Library, StringComparison.Ordinal)) return IntPtr.Zero;
        SetDefaultsOfLibraries();
        var path = Environment.GetEnvironmentVariable("DITFAST_TORCH_NATIVE");
        return Load(string.IsNullOrEmpty(path) ? Path.Combine(AppContext.BaseDirectory, "libditfast_torch.so") : path);
    }

    // The runtime's advice comes first; then a line for each file it tried, with the loader's own words.
    private static string Reason(Exception e)
    {
        var lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length > 1 ? lines[1] : lines[0];
    }

    /// <summary>
    /// What the libraries under libtorch read from the C environment when they load (<see cref="Environment.SetEnvironmentVariable(string, string)"/>
    /// does not reach it). What the user has set stays.
    /// </summary>
    private static void SetDefaultsOfLibraries()
    {
        if (!OperatingSystem.IsLinux()) return;

        // OpenBLAS 0.3.21 takes newer AMD cores for AVX2 ones, at half the speed of every linear layer.
        if (Avx512F.IsSupported) setenv("OPENBLAS_CORETYPE", "SkylakeX", overwrite: 0);

        // OpenBLAS, OpenMP and .NET each have threads of their own on the same cores. Idle ones have to sleep: by default they spin for
        // tens of milliseconds, and take that time from whoever has work (docs/design/002-idle-threads-sleep.md).
        setenv("OPENBLAS_THREAD_TIMEOUT", "4", overwrite: 0);
        setenv("OMP_WAIT_POLICY", "passive", overwrite: 0);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport(Library)] internal static partial IntPtr dtf_error();
    [LibraryImport(Library)] private static partial IntPtr dtf_version();

    [LibraryImport(Library)] internal static partial int dtf_op_find(byte* name, byte* overload, IntPtr* op);
    [LibraryImport(Library)] internal static partial int dtf_op_call(IntPtr op, NativeValue* args, int count, NativeValue* results, int capacity);
    [LibraryImport(Library)] internal static partial int dtf_free_list(IntPtr list);

    [LibraryImport(Library)] internal static partial int dtf_tensor_free(IntPtr tensor);
    [LibraryImport(Library)] internal static partial int dtf_tensor_alias(IntPtr tensor, IntPtr* result);
    [LibraryImport(Library)] internal static partial int dtf_tensor_info(IntPtr tensor, TensorInfo* info);
    [LibraryImport(Library)] internal static partial int dtf_tensor_ndim(IntPtr tensor, long* ndim);
    [LibraryImport(Library)] internal static partial int dtf_tensor_sizes(IntPtr tensor, long* sizes);
    [LibraryImport(Library)] internal static partial int dtf_tensor_strides(IntPtr tensor, long* strides);
    [LibraryImport(Library)] internal static partial int dtf_tensor_storage_offset(IntPtr tensor, long* offset);
    [LibraryImport(Library)] internal static partial int dtf_tensor_data(IntPtr tensor, IntPtr* data);
    [LibraryImport(Library)] internal static partial int dtf_tensor_from_memory(void* data, long* sizes, long ndim, int dtype, IntPtr* result);
    [LibraryImport(Library)] internal static partial int dtf_tensor_from_blob(void* data, long* sizes, long ndim, int dtype,
        delegate* unmanaged<IntPtr, void> release, IntPtr context, IntPtr* result);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int dtf_tensor_save(IntPtr tensor, string path);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int dtf_tensor_load(string path, IntPtr* result);

    [LibraryImport(Library)] internal static partial int dtf_tensor_requires_grad(IntPtr tensor, int* value);
    [LibraryImport(Library)] internal static partial int dtf_tensor_set_requires_grad(IntPtr tensor, int value);
    [LibraryImport(Library)] internal static partial int dtf_tensor_grad(IntPtr tensor, IntPtr* grad);
    [LibraryImport(Library)] internal static partial int dtf_tensor_set_grad(IntPtr tensor, IntPtr grad);
    [LibraryImport(Library)] internal static partial int dtf_tensor_is_leaf(IntPtr tensor, int* value);
    [LibraryImport(Library)] internal static partial int dtf_tensor_retain_grad(IntPtr tensor);
    [LibraryImport(Library)] internal static partial int dtf_backward(IntPtr* tensors, long count, IntPtr* grads, long gradCount, int retainGraph,
        int createGraph, IntPtr* inputs, long inputCount);
    [LibraryImport(Library)] internal static partial int dtf_grad(IntPtr* outputs, long count, IntPtr* inputs, long inputCount, IntPtr* grads,
        long gradCount, int retainGraph, int createGraph, int allowUnused, IntPtr* results);
    [LibraryImport(Library)] internal static partial int dtf_grad_mode(int* enabled);
    [LibraryImport(Library)] internal static partial int dtf_set_grad_mode(int enabled);
    [LibraryImport(Library)] internal static partial int dtf_inference_mode(int* enabled);
    [LibraryImport(Library)] internal static partial int dtf_inference_mode_enter(int enabled, IntPtr* guard);
    [LibraryImport(Library)] internal static partial int dtf_inference_mode_leave(IntPtr guard);

    [LibraryImport(Library)] internal static partial int dtf_manual_seed(long seed);
    [LibraryImport(Library)] internal static partial int dtf_generator_new(long device, int shared, ulong seed, IntPtr* result);
    [LibraryImport(Library)] internal static partial int dtf_generator_free(IntPtr generator);
    [LibraryImport(Library)] internal static partial int dtf_generator_set_seed(IntPtr generator, ulong seed);
    [LibraryImport(Library)] internal static partial int dtf_generator_initial_seed(IntPtr generator, ulong* seed);
    [LibraryImport(Library)] internal static partial int dtf_generator_seed(IntPtr generator, ulong* seed);
    [LibraryImport(Library)] internal static partial int dtf_generator_state(IntPtr generator, IntPtr* state);
    [LibraryImport(Library)] internal static partial int dtf_generator_set_state(IntPtr generator, IntPtr state);

    [LibraryImport(Library)] internal static partial int dtf_num_threads(int* count);
    [LibraryImport(Library)] internal static partial int dtf_set_num_threads(int count);
    [LibraryImport(Library)] internal static partial int dtf_num_interop_threads(int* count);
    [LibraryImport(Library)] internal static partial int dtf_set_num_interop_threads(int count);
    [LibraryImport(Library)] internal static partial int dtf_device_count(int type, int* count);
    [LibraryImport(Library)] internal static partial int dtf_has_cudnn(int* value);
    [LibraryImport(Library)] internal static partial int dtf_synchronize(long device);
    [LibraryImport(Library)] internal static partial int dtf_default_dtype(int* dtype);
    [LibraryImport(Library)] internal static partial int dtf_set_default_dtype(int dtype);
    [LibraryImport(Library)] internal static partial int dtf_promote_types(int a, int b, int* result);

    /// <summary>Mirrors <c>TensorInfo</c> of the native side.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TensorInfo
    {
        internal long Dtype, Device, Elements;
        internal int IsContiguous, IsSparse;
    }
}
