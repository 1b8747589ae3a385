using static TorchSharp.torch;

namespace DiTFastAttn.Models.Text;

/// <summary>Files of a published model's folder.</summary>
internal static class ModelFolder
{
    private const long LargestText = 64L << 20;

    /// <summary>Reads a text file.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="file">The file's name in it.</param>
    /// <exception cref="WeightFileException">There is no such file, it cannot be read, or it is far too large.</exception>
    public static string ReadText(string folder, string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(folder, file);
        try
        {
            var length = new FileInfo(path).Length;
            return length <= LargestText
                ? File.ReadAllText(path)
                : throw WeightFileException.About(path, $"it has {length} bytes; at most {LargestText} are read");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WeightFileException.About(path, Directory.Exists(folder) ? "the folder has no such file that can be read" : "there is no such folder", error);
        }
    }

    /// <summary>The dtype of a model's weights, told by one of its tensors; float32 where it is missing or no floating point one.</summary>
    public static ScalarType DtypeOf(IWeightSource weights, string key)
        => weights.Keys.Contains(key) && weights.DtypeOf(key) is { } dtype && dtype is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float64
            ? dtype
            : ScalarType.Float32;
}
