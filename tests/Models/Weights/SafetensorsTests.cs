using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-weights-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_reads_back_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            ["single"] = randn(3, 5),
            ["half"] = randn(7).to(ScalarType.Float16),
            ["brain"] = randn(2, 2).to(ScalarType.BFloat16),
            ["double"] = randn(2).to(ScalarType.Float64),
            ["long"] = tensor(new[] { long.MinValue, -1, long.MaxValue }),
            ["bytes"] = tensor(new byte[] { 1, 2, 255 }),
            ["flags"] = tensor(new[] { true, false, true }),
            ["scalar"] = tensor(3.5f),
            ["empty"] = zeros(2, 0, 3),
            ["view"] = randn(4, 6).transpose(0, 1),
            ["name with \"quotes\" and é"] = randn(1),
        };
        var path = Path.Combine(_folder, "model.safetensors");
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
        using var file = SafetensorsFile.Open(path);
        file.Metadata["format"].ShouldBe("pt");
        file.Keys.ShouldBe(tensors.Keys, ignoreOrder: true);
        foreach (var (key, tensor) in tensors)
        {
            var read = file.Read(key);
            read.dtype.ShouldBe(tensor.dtype, key);
            read.shape.ShouldBe(tensor.shape, key);
            read.bytes.SequenceEqual(tensor.contiguous().bytes).ShouldBeTrue(key);
        }

        // Aligned data lets readers map the file.
        file.Entries["double"].Begin.ShouldBe(0);
        Directory.GetFiles(_folder).ShouldBe([path]);
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_nothing_else()
    {
        var path = Path.Combine(_folder, "model.safetensors");
        File.WriteAllText(path, "old");
        var gone = randn(4);
        gone.Dispose();
        Should.Throw<Exception>(() => SafetensorsWriter.Write(path, new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["gone"] = gone }));
        File.ReadAllText(path).ShouldBe("old");
        Directory.GetFiles(_folder).ShouldBe([path]);
        Should.Throw<IOException>(() => SafetensorsWriter.Write(Path.Combine(_folder, "none", "m.safetensors"), new Dictionary<string, Tensor>(StringComparer.Ordinal)));
    }

    [Fact]
    public void A_full_disk_is_said_with_the_files_own_name_and_leaves_nothing()
    {
        const int NoSpaceLeft = 28;
        var path = Path.Combine(_folder, "model.safetensors");
        Should.Throw<IOException>(() => AtomicFile.Write(path, _ => throw new IOException("No space left on device", NoSpaceLeft)))
            .Message.ShouldBe($"'{path}' cannot be written: the disk is full; make room, or give a place on another.");
        Directory.GetFiles(_folder).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}} x""", 4, "not JSON")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}{}""", 4, "not JSON")]
    [InlineData("""{"a": {"dtype": "F32", "dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}""", 4, "has the field 'dtype' twice")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]}}""", 4, "no whole number")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}}""", 4, "lacks one of dtype, shape and data_offsets")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]}}""", 4, "more than 2 numbers")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [99999999999999999999], "data_offsets": [0, 4]}}""", 4, "no whole number")]
    [InlineData("""{"a": 5}""", 0, "described by no object")]
    [InlineData("""{"a": {"dtype": 5, "shape": [], "data_offsets": [0, 4]}}""", 4, "has dtype no string")]
    [InlineData("""{"__metadata__": {"k": 1}}""", 0, "__metadata__ 'k' is no string")]
    [InlineData("""{"__metadata__": {"k": "1", "k": "2"}}""", 0, "has 'k' twice")]
    [InlineData("""{"\ud800": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}""", 4, "surrogate")]
    [InlineData("""{"a\nb": {"dtype": "F31", "shape": [], "data_offsets": [0, 4]}}""", 4, "tensor 'a?b' has dtype F31")]
    [InlineData("""{"a": {"x": [[[[[[[[[[]]]]]]]]]], "dtype": "F32", "shape": [], "data_offsets": [0, 4]}}""", 4, "not JSON")]
    public void Refuses_malformed_headers(string json, int dataBytes, string message)
    {
        var error = Should.Throw<WeightFileException>(() => SafetensorsFile.Open(Write(json, dataBytes)));
        error.Message.ShouldContain(message);
        error.Message.ShouldNotContain("\n");
    }

    [Fact]
    public void Every_truncation_of_a_file_is_refused()
    {
        var whole = File.ReadAllBytes(Write("""{"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}}""", 12));
        for (var length = 0; length < whole.Length; length++)
        {
            var path = Path.Combine(_folder, "cut.safetensors");
            File.WriteAllBytes(path, whole[..length]);
            Should.Throw<WeightFileException>(() => SafetensorsFile.Open(path));
        }
    }

    [Fact]
    public void Unknown_fields_and_empty_tensors_anywhere_are_read()
    {
        using var file = SafetensorsFile.Open(Write(
            """{"b": {"shape": [1], "extra": {"x": [1]}, "data_offsets": [0, 4], "dtype": "F32"}, "e": {"dtype": "F64", "shape": [0, 9999999999999], "data_offsets": [4, 4]}}  """, 4));
        file.ShapeOf("e").ShouldBe([0, 9999999999999]);
        file.Entries["b"].ByteCount.ShouldBe(4);
    }

    [Fact]
    public void A_missing_file_and_a_missing_tensor_are_named()
    {
        var path = Path.Combine(_folder, "none.safetensors");
        Should.Throw<WeightFileException>(() => SafetensorsFile.Open(path)).Message.ShouldContain(path);
        using var file = SafetensorsFile.Open(Write("{}", 0));
        Should.Throw<WeightFileException>(() => file.Read("x")).Message.ShouldContain("there is no tensor 'x'");
    }

    private string Write(string header, int dataBytes)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        var path = Path.Combine(_folder, "case.safetensors");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
