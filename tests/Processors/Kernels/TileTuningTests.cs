using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Tests;

public sealed class TileTuningTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-tiles-").FullName;

    private string File => Path.Combine(_folder, "below", "tiles.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_kept_is_found_again_for_its_instruction_set_alone()
    {
        TileTuning.KeyBlockOf(CpuInstructionSet.Avx2, File).ShouldBe(TileTuning.DefaultKeyBlock);
        TileTuning.Keep(CpuInstructionSet.Avx2, 64, File);
        TileTuning.Keep(CpuInstructionSet.Avx512, 256, File);
        TileTuning.KeyBlockOf(CpuInstructionSet.Avx2, File).ShouldBe(64);
        TileTuning.KeyBlockOf(CpuInstructionSet.Avx512, File).ShouldBe(256);
        TileTuning.KeyBlockOf(CpuInstructionSet.Portable, File).ShouldBe(TileTuning.DefaultKeyBlock);
        System.IO.File.ReadAllText(File).ShouldContain(TileTuning.Processor);
        Directory.GetFiles(Path.GetDirectoryName(File)!).Length.ShouldBe(1, "nothing half-written stays");
    }

    [Theory]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("{\"x\": \"y\"}")]
    public void A_file_that_is_no_cache_is_as_none(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, content);
        TileTuning.KeyBlockOf(CpuInstructionSet.Avx2, File).ShouldBe(TileTuning.DefaultKeyBlock);
        TileTuning.Keep(CpuInstructionSet.Avx2, 96, File);
        TileTuning.KeyBlockOf(CpuInstructionSet.Avx2, File).ShouldBe(96);
    }

    [Fact]
    public void A_size_that_no_kernel_has_is_refused_and_never_read()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => TileTuning.Keep(CpuInstructionSet.Avx2, 100, File)).Message.ShouldContain("64, 96, 128, 192, 256");
        Should.Throw<ArgumentOutOfRangeException>(() => new CpuAttentionKernel(CpuInstructionSet.Portable, 1 << 30)).Message.ShouldContain("64, 96");
        TileTuning.Keep(CpuInstructionSet.Avx2, 64, File);
        System.IO.File.WriteAllText(File, System.IO.File.ReadAllText(File).Replace("64", "1000000000", StringComparison.Ordinal));
        TileTuning.KeyBlockOf(CpuInstructionSet.Avx2, File).ShouldBe(TileTuning.DefaultKeyBlock);
    }

    [Fact]
    public void Every_size_gives_the_definition()
    {
        foreach (var set in CpuAttentionKernel.InstructionSets)
        {
            foreach (var block in TileTuning.KeyBlocks)
            {
                var kernel = new CpuAttentionKernel(set, block);
                kernel.KeyBlock.ShouldBe(block);
                foreach (var window in new[] { "13", "70:3", "1/8" })
                {
                    new AttentionCheck(new AttentionCase { Columns = 300, HeadWidth = 24, Window = window, Seed = block }).Compare(kernel, torch.CPU).ShouldBeTrue();
                }
            }
        }
    }
}
