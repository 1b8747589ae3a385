using System.Security.Cryptography;
using System.Text;
using DiTFastAttn.Models;

namespace DiTFastAttn.Evaluation;

/// <summary>A set of pictures in a fixed order, read one at a time: a folder, one with a folder a class, a zip file, or MS COCO's folder.</summary>
public abstract class PictureSet : IDisposable
{
    /// <summary>For the kinds of sets.</summary>
    /// <param name="name">What to call it in messages.</param>
    private protected PictureSet(string name) => Name = name;

    /// <summary>What the user called it.</summary>
    public string Name { get; }

    /// <summary>Pictures in it.</summary>
    public int Count => Entries.Count;

    /// <summary>The pictures, in their order.</summary>
    public abstract IReadOnlyList<PictureEntry> Entries { get; }

    /// <summary>
    /// A hash of the pictures' names and sizes in bytes: sets that differ in it are not the same, whatever they are called and wherever they lie.
    /// </summary>
    public string Fingerprint
    {
        get
        {
            var text = string.Concat(Entries.Select(entry => $"{entry.Name}\n{entry.Bytes}\n"));
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
        }
    }

    /// <summary>Opens a set.</summary>
    /// <param name="path">
    /// A folder, whose pictures are taken at any depth by their path (the uppermost folder is the class), one with <c>annotations/captions_*.json</c> (MS COCO), or
    /// a zip file of such a folder.
    /// </param>
    /// <exception cref="EvaluationException">There is nothing to open, or no picture in it; one line says what.</exception>
    public static PictureSet Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PictureSet set;
        if (Directory.Exists(path))
        {
            set = CocoPictures.Find(path) is { } captions ? new CocoPictures(path, captions) : new FolderPictures(path);
        }
        else
        {
            set = File.Exists(path)
                ? new ZipPictures(path)
                : throw new EvaluationException($"'{path}': there is no such folder or zip file of pictures.");
        }

        if (set.Count == 0)
        {
            set.Dispose();
            throw new EvaluationException($"'{path}': there is no picture in it; files that end in {string.Join(", ", PictureReader.Endings)} are looked for.");
        }

        return set;
    }

    /// <summary>Reads a picture.</summary>
    /// <param name="index">Its place, from 0.</param>
    /// <exception cref="InvalidDataException">It is damaged or empty; one line names it and the reason.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public RgbImage Read(int index) => PictureReader.Read(ReadBytes(index), $"{Name}/{Entries[index].Name}");

    /// <summary>Reads a picture's file.</summary>
    /// <param name="index">Its place, from 0.</param>
    public abstract byte[] ReadBytes(int index);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the set.</summary>
    /// <param name="disposing">Whether it is called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    private protected static bool IsPicture(string name)
        => PictureReader.Endings.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase) && !Path.GetFileName(name).StartsWith('.');

    /// <summary>The class of a picture below a folder a class.</summary>
    private protected static string? ClassOf(string name) => name.IndexOf('/') is var slash and > 0 ? name[..slash] : null;
}
