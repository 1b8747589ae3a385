using DiTFastAttn.Models;

namespace DiTFastAttn.Evaluation.Runs;

/// <summary>A folder of a file system that all workers see.</summary>
/// <param name="path">The folder; made where it is not there.</param>
internal sealed class DirectoryFolder(string path) : SharedFolder
{
    /// <inheritdoc/>
    public override string Name => path;

    /// <inheritdoc/>
    public override string Path => path;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names(string prefix)
    {
        var folder = System.IO.Path.Combine(path, prefix[..(prefix.LastIndexOf('/') + 1)]);
        return !Directory.Exists(folder) ? [] :
            [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(file => System.IO.Path.GetRelativePath(path, file).Replace('\\', '/'))
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public override void Fetch(string prefix)
    {
    }

    /// <inheritdoc/>
    public override void FetchBeginnings(string prefix, int most)
    {
    }

    /// <inheritdoc/>
    public override void HandOver(params IEnumerable<string> names)
    {
    }

    /// <inheritdoc/>
    public override void Publish(params IEnumerable<string> names)
    {
    }

    /// <inheritdoc/>
    public override void PublishGrowth(string name)
    {
    }

    /// <inheritdoc/>
    public override bool TryCreate(string name, string text)
    {
        var file = this[name];
        if (File.Exists(file))
        {
            return false;
        }

        var temporary = AtomicFile.Begin(file);
        try
        {
            File.WriteAllText(temporary, text);
            File.Move(temporary, file);
            return true;
        }
        catch (IOException) when (File.Exists(file))
        {
            return false;
        }
        finally
        {
            AtomicFile.Abandon(temporary);
        }
    }

    /// <inheritdoc/>
    public override void Delete(string name) => File.Delete(this[name]);

    /// <inheritdoc/>
    public override IDisposable? TryHold(string name)
    {
        try
        {
            return new FileStream(this[name], FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
