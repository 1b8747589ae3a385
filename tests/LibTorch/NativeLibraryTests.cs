using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp.Binding;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

public sealed partial class NativeLibraryTests
{
    [Fact]
    public void A_missing_library_is_one_clear_line()
    {
        var error = Should.Throw<DllNotFoundException>(() => Native.Load("/no/such/libditfast_torch.so"));
        error.Message.ShouldStartWith("/no/such/libditfast_torch.so does not exist");
        error.Message.ShouldContain("./ditfast doctor");
    }

    [Fact]
    public void A_library_that_does_not_load_says_why_in_one_line()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "no library");
            var error = Should.Throw<DllNotFoundException>(() => Native.Load(path));
            error.Message.ShouldContain("does not load");
            error.Message.ShouldContain(path);
            error.Message.ShouldNotContain("\n");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_version_is_that_of_libtorch() => Version.Parse(__version__.Split('+')[0]).ShouldBeGreaterThanOrEqualTo(new Version(1, 13));

    [Fact]
    public void OpenBlas_is_told_of_AVX512_unless_the_user_said_otherwise()
    {
        using var loaded = ones(1);
        var wanted = Environment.GetEnvironmentVariable("OPENBLAS_CORETYPE") ?? (Avx512F.IsSupported ? "SkylakeX" : null);
        Marshal.PtrToStringUTF8(getenv("OPENBLAS_CORETYPE")).ShouldBe(wanted);
    }

    [Fact]
    public void An_operator_that_libtorch_lacks_is_named()
    {
        var op = new Op("no_such_operator.Tensor");
        op.Exists.ShouldBeFalse();
        Should.Throw<NotSupportedException>(() => op.Call()).Message.ShouldBe($"libtorch {Native.Version} has no operator aten::no_such_operator.Tensor");
    }

    [Fact]
    public void A_call_with_missing_arguments_names_the_first_one() =>
        Should.Throw<ExternalException>(() => Op.add_Tensor.Call()).Message.ShouldContain("needs its argument 'self'");

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial IntPtr getenv(string name);
}
