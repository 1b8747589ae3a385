using System.IO.Compression;
using DiTFastAttn.Models.Weights;
using DiTFastAttn.Models.Weights.Torch;

namespace DiTFastAttn.Models.Tests;

/// <summary>Damaged weight files end in a refusal or in tensors, never in anything else.</summary>
public sealed class WeightFuzzTests
{
    private const int Readers = 5;

    [Fact]
    public void Damaged_safetensors() => Fuzz.Run<WeightFileException>(Files("*.safetensors"), input => ReadAll(SafetensorsFile.Open(new MemoryStream(input), "fuzz")), Readers);

    [Fact]
    public void Damaged_zip_files_of_torch() => Fuzz.Run<WeightFileException>(TorchFiles(isZip: true), input => ReadAll(TorchFile.Open(new MemoryStream(input), "fuzz")), Readers);

    [Fact]
    public void Damaged_older_files_of_torch() => Fuzz.Run<WeightFileException>(TorchFiles(isZip: false), input => ReadAll(TorchFile.Open(new MemoryStream(input), "fuzz")), Readers);

    [Fact]
    public void Damaged_pickles() => Fuzz.Run<WeightFileException>(
        Pickles(),
        data =>
        {
            var input = new PickleInput(new MemoryStream(data), "fuzz", 0);
            TorchTensors.Find(input, PickleMachine.Run(input, new StorageIds(input, hasViews: false).Load)).Count.ShouldBeGreaterThanOrEqualTo(0);
        },
        Readers);

    [Fact]
    public void Damaged_indexes() => Fuzz.Run<WeightFileException>(Files("*.index.json"), input => ShardIndex.Parse("fuzz", input).Keys.ShouldAllBe(name => !name.Contains('/')), Readers);

    private static IReadOnlyList<byte[]> Files(string pattern)
        => [.. Directory.GetFiles(Path.Combine(Fixture.Root, "weights"), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(bytes => bytes.Length < 100_000)];

    private static IReadOnlyList<byte[]> TorchFiles(bool isZip)
        => [.. new[] { "*.pt", "*.pth", "*.bin" }.SelectMany(Files).Where(bytes => bytes is [(byte)'P', (byte)'K', ..] == isZip && bytes is not [not (0x80 or (byte)'P'), ..])];

    private static IReadOnlyList<byte[]> Pickles()
    {
        var pickles = new List<byte[]>();
        foreach (var file in TorchFiles(isZip: true))
        {
            try
            {
                using var archive = new ZipArchive(new MemoryStream(file));
                using var record = archive.Entries.First(entry => entry.Name == "data.pkl").Open();
                using var content = new MemoryStream();
                record.CopyTo(content);
                pickles.Add(content.ToArray());
            }
            catch (Exception error) when (error is InvalidDataException or InvalidOperationException)
            {
                // One of the recorded files whose archive is damaged.
            }
        }

        return pickles;
    }

    private static void ReadAll(WeightFile file)
    {
        using (file)
        {
            foreach (var key in file.Keys)
            {
                // Large views of small storages are allowed, and take what they take when they are read.
                if (SafetensorsTypes.Elements(file.ShapeOf(key)) < 1 << 12)
                {
                    file.ReadBytes(key).Length.ShouldBeGreaterThanOrEqualTo(0);
                }
            }
        }
    }
}
