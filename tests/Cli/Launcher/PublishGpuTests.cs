using System.Runtime.InteropServices;

namespace DiTFastAttn.Cli.Tests.Launcher;

/// <summary><c>./ditfast publish-gpu</c>: what it copies and refuses, and that the copy starts without a checkout.</summary>
public sealed class PublishGpuTests : IDisposable
{
    private readonly LauncherSandbox _sandbox = new();

    public PublishGpuTests() => _sandbox.MakeLibtorch("nowhere/usr", RuntimeInformation.ProcessArchitecture);

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void The_copy_has_the_program_and_what_finds_a_torch()
    {
        var (status, _, errors) = _sandbox.Run(["ditfast", "publish-gpu", _sandbox.PathOf("copy")]);

        status.ShouldBe(0, errors);
        errors.ShouldContain("copy it, and start");
        _sandbox.Calls("publish src/Cli/DiTFastAttn.Cli.csproj -c Release -r linux-").ShouldBe(1);
        Directory.GetFiles(_sandbox.PathOf("copy"), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_sandbox.PathOf("copy"), file)).ShouldBe(
            ["LICENSE", "app/ditfast", "build/packages.sh", "build/torch.sh", "ditfast", "src/LibTorch/native/build.sh", "src/LibTorch/native/ditfast_torch.cpp"], ignoreOrder: true);
    }

    [Fact]
    public void The_copy_starts_on_the_torch_it_finds_and_calls_no_dotnet()
    {
        _sandbox.Run(["ditfast", "publish-gpu", _sandbox.PathOf("copy")]).Status.ShouldBe(0);
        _sandbox.Write("copy/app/ditfast", "#!/bin/sh\necho started \"$@\"; cat \"$(dirname \"$0\")/libditfast_torch.so\"");
        var calls = _sandbox.Calls("");

        var (status, output, errors) = _sandbox.Run(["copy/ditfast", "doctor", "--json", "x"]);

        status.ShouldBe(0, errors);
        output.ShouldBe("started doctor --json x\nlibrary\n");
        // What the compiler's script writes down is no call of dotnet.
        (_sandbox.Calls("") - calls - _sandbox.Calls("compiled")).ShouldBeLessThanOrEqualTo(0);
    }

    [Fact]
    public void Without_a_torch_the_copy_says_what_is_missing()
    {
        _sandbox.Run(["ditfast", "publish-gpu", _sandbox.PathOf("copy")]).Status.ShouldBe(0);
        Directory.Delete(_sandbox.PathOf("nowhere"), recursive: true);

        var (status, _, errors) = _sandbox.Run(["copy/ditfast", "doctor"]);

        status.ShouldBe(3);
        errors.ShouldContain("no torch found");
    }

    [Theory]
    [InlineData("", "usage: ./ditfast publish-gpu DIR")]
    [InlineData("-x", "option -x is not known")]
    [InlineData("LICENSE", "is a file")]
    [InlineData("build", "is not empty")]
    public void A_folder_that_will_not_do_is_told_before_anything_is_built(string folder, string said)
    {
        string[] given = folder.Length == 0 ? [] : [folder.StartsWith('-') ? folder : _sandbox.PathOf(folder)];

        var (status, _, errors) = _sandbox.Run(["ditfast", "publish-gpu", .. given]);

        status.ShouldBe(2);
        errors.ShouldContain(said);
        _sandbox.Calls("publish").ShouldBe(0);
    }

    [Fact]
    public void A_build_that_fails_is_told_and_leaves_the_folder_empty()
    {
        var (status, _, errors) = _sandbox.Run(["ditfast", "publish-gpu", _sandbox.PathOf("copy")], "FAKE_BUILD_ERROR=x.cs(1,1): error CS0001: broken");

        status.ShouldBe(70);
        errors.ShouldContain("error CS0001: broken");
        Directory.GetFileSystemEntries(_sandbox.PathOf("copy")).ShouldBeEmpty();
    }
}
