namespace DiTFastAttn.Evaluation.Runs;

/// <summary>
/// A folder that workers share. Its files are worked on at <see cref="Path"/>; what has to be seen by others is published, and what others have is fetched before it
/// is read. On a file system that all see both are nothing; an object store has a copy on each machine.
/// Files are named from the folder on, with <c>/</c> between.
/// </summary>
internal abstract class SharedFolder : IDisposable
{
    /// <summary>What the user called it.</summary>
    public abstract string Name { get; }

    /// <summary>Where its files are on this machine.</summary>
    public abstract string Path { get; }

    /// <summary>A file's place on this machine, its own folder made.</summary>
    /// <param name="name">The file.</param>
    public string this[string name]
    {
        get
        {
            var file = System.IO.Path.Combine(Path, name);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            return file;
        }
    }

    /// <summary>Names of files that are there, whoever made them, in their order.</summary>
    /// <param name="prefix">What they begin with.</param>
    public abstract IReadOnlyList<string> Names(string prefix);

    /// <summary>Brings files to this machine as they are now, and takes away those that are no more.</summary>
    /// <param name="prefix">What their names begin with; a whole name for one.</param>
    public abstract void Fetch(string prefix);

    /// <summary>Brings the beginnings of files to this machine as they are now, for what stands there.</summary>
    /// <param name="prefix">What their names begin with.</param>
    /// <param name="most">Bytes of each.</param>
    public abstract void FetchBeginnings(string prefix, int most);

    /// <summary>Lets others see files, one after the other.</summary>
    /// <param name="names">Files that are whole on this machine.</param>
    public abstract void Publish(params IEnumerable<string> names);

    /// <summary>Lets others see files that this machine does not need any more.</summary>
    /// <param name="names">Files that are whole on this machine.</param>
    public abstract void HandOver(params IEnumerable<string> names);

    /// <summary>Lets others see what has been appended to a file of this worker's own; what there was of it has been fetched before.</summary>
    /// <param name="name">A file that only ever grows.</param>
    public abstract void PublishGrowth(string name);

    /// <summary>Publishes a file where there is none of its name; one of several who try it at a time succeeds.</summary>
    /// <returns>Whether it is this one; else the other one's has been fetched.</returns>
    public abstract bool TryCreate(string name, string text);

    /// <summary>Removes a file, for everybody.</summary>
    public abstract void Delete(string name);

    /// <summary>Holds a name for this process alone until the result is disposed; a process that ends, or is killed, lets go of it.</summary>
    /// <returns><see langword="null"/> where another has it.</returns>
    public abstract IDisposable? TryHold(string name);

    /// <inheritdoc/>
    public abstract void Dispose();
}
