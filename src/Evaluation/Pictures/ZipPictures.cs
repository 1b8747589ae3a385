using System.IO.Compression;

namespace DiTFastAttn.Evaluation;

/// <summary>The pictures in a zip file, by their path.</summary>
internal sealed class ZipPictures : PictureSet
{
    private readonly ZipArchive _archive;
    private readonly ZipArchiveEntry[] _files;

    public ZipPictures(string path)
        : base(path)
    {
        try
        {
            _archive = ZipFile.OpenRead(path);
        }
        catch (InvalidDataException error)
        {
            throw new EvaluationException($"'{path}': it is no zip file; give a folder or a zip file of pictures.", error);
        }

        _files = [.. _archive.Entries.Where(entry => IsPicture(entry.FullName)).OrderBy(entry => entry.FullName, StringComparer.Ordinal)];
        Entries = [.. _files.Select(file => new PictureEntry(file.FullName, file.Length, ClassOf(file.FullName)))];
    }

    public override IReadOnlyList<PictureEntry> Entries { get; }

    public override byte[] ReadBytes(int index)
    {
        using var stream = _files[index].Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _archive.Dispose();
        }
    }
}
