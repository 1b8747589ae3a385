namespace DiTFastAttn.Evaluation;

/// <summary>The pictures below a folder, by their path.</summary>
internal sealed class FolderPictures : PictureSet
{
    private readonly string _folder;

    public FolderPictures(string folder)
        : base(folder)
    {
        _folder = folder;
        Entries = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(IsPicture)
            .Select(file => (File: file, Name: Path.GetRelativePath(folder, file).Replace('\\', '/')))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => new PictureEntry(file.Name, new FileInfo(file.File).Length, ClassOf(file.Name)))];
    }

    public override IReadOnlyList<PictureEntry> Entries { get; }

    public override byte[] ReadBytes(int index) => File.ReadAllBytes(Path.Combine(_folder, Entries[index].Name));
}
