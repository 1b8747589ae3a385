using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

public sealed class WeightFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-folder-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_published_names_are_found_safetensors_first()
    {
        using var weight = ones(2);
        Write("other.safetensors", "other", weight);
        Opened().ShouldBe("other");
        Write("pytorch_model.bin", "plain", weight);
        Opened().ShouldBe("plain");
        Write("diffusion_pytorch_model.safetensors", "diffusion", weight);
        Opened().ShouldBe("diffusion");
        File.WriteAllText(At("diffusion_pytorch_model.safetensors.index.json"), """{"metadata": {}, "weight_map": {"other": "other.safetensors"}}""");
        Opened().ShouldBe("other");
    }

    [Fact]
    public void A_folder_without_weights_or_with_several_is_named()
    {
        Should.Throw<WeightFileException>(() => WeightFile.Open(_folder)).Message.ShouldStartWith(
            $"weights '{_folder}': holds no weights; looked for diffusion_pytorch_model.safetensors, model.safetensors, pytorch_model.bin");
        using var weight = ones(2);
        Write("a.safetensors", "a", weight);
        Write("b.safetensors", "b", weight);
        Should.Throw<WeightFileException>(() => WeightFile.Open(_folder)).Message.ShouldBe(
            $"weights '{_folder}': holds 2 files *.safetensors (a.safetensors, b.safetensors); give the one to open.");
        Should.Throw<WeightFileException>(() => WeightFile.Open(At("none.pt"))).Message.ShouldStartWith($"weights '{At("none.pt")}': cannot be read: ");
    }

    [Fact]
    public void A_pointer_of_git_lfs_is_no_weight_file_in_any_place()
    {
        const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 2740\n";
        foreach (var name in (string[])["model.safetensors", "model.pt", "pytorch_model.bin", "model.safetensors.index.json"])
        {
            File.WriteAllText(At(name), Pointer);
            Should.Throw<WeightFileException>(() => WeightFile.Open(At(name))).Message.ShouldBe(
                $"weights '{At(name)}': is the pointer of Git LFS ({Pointer.Length} bytes) and not the weights: fetch them with 'git lfs pull', or download the file itself.");
        }
    }

    [Fact]
    public void A_shard_that_was_half_downloaded_is_named()
    {
        using var weight = ones(100);
        Write("model-00001-of-00002.safetensors", "a", weight);
        Write("model-00002-of-00002.safetensors", "b", weight);
        var index = At("model.safetensors.index.json");
        File.WriteAllText(index, """{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}""");
        using (var whole = WeightFile.Open(_folder))
        {
            whole.Keys.ShouldBe(["a", "b"]);
        }

        var second = At("model-00002-of-00002.safetensors");
        using (var file = File.OpenWrite(second))
        {
            file.SetLength(file.Length - 100);
        }

        Should.Throw<WeightFileException>(() => WeightFile.Open(_folder)).Message.ShouldBe(
            $"weights '{second}': tensor 'b' ends at byte 400 of the data, which has only 300; the file is truncated or damaged.");
        File.Delete(second);
        Should.Throw<WeightFileException>(() => WeightFile.Open(_folder)).Message.ShouldBe(
            $"weights '{index}': 1 of the 2 shards it names is not in its folder: model-00002-of-00002.safetensors; download what is missing.");
    }

    private string At(string name) => Path.Combine(_folder, name);

    private string Opened()
    {
        using var file = WeightFile.Open(_folder);
        return file.Keys.Single();
    }

    private void Write(string name, string key, Tensor weight)
        => SafetensorsWriter.Write(At(name), new Dictionary<string, Tensor>(StringComparer.Ordinal) { [key] = weight });
}
