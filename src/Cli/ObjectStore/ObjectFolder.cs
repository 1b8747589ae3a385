using System.Collections.Concurrent;
using System.Text;
using DiTFastAttn.Evaluation;
using DiTFastAttn.Evaluation.Runs;
using static System.FormattableString;

namespace DiTFastAttn.Cli.ObjectStore;

/// <summary>
/// A prefix of an object store as a folder that workers share, with a copy of what is worked on in this machine's temporary folder. A file that grows is an object
/// for each piece that was appended, since objects cannot be appended to.
/// </summary>
internal sealed class ObjectFolder : SharedFolder
{
    private const string Pieces = ".pieces/";
    private const int AtATime = 16;

    private readonly ObjectAddress _address;
    private readonly S3Store _store;
    private readonly CancellationToken _cancellation;
    private readonly ConcurrentDictionary<string, string> _tags = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (int Count, long Bytes)> _pieces = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<(string Name, Lease Lease)> _leases = [];

    private ObjectFolder(ObjectAddress address, CancellationToken cancellation)
    {
        (_address, _cancellation) = (address, cancellation);
        _store = S3Store.Open(address);
        Path = Directory.CreateTempSubdirectory("ditfast-").FullName;
    }

    /// <inheritdoc/>
    public override string Name => _address.ToString();

    /// <inheritdoc/>
    public override string Path { get; }

    /// <summary>Opens a prefix; nothing need be there.</summary>
    /// <param name="address">The place.</param>
    /// <param name="cancellation">Ends waiting for names that others hold.</param>
    /// <exception cref="ObjectStoreException">The store does not do what is needed.</exception>
    public static ObjectFolder Open(ObjectAddress address, CancellationToken cancellation) => new(address, cancellation);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names(string prefix) => [.. _store.List(prefix).Select(item => FileOf(item.Name)).Distinct(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public override void Fetch(string prefix) => Fetch(prefix, most: null);

    /// <inheritdoc/>
    public override void FetchBeginnings(string prefix, int most) => Fetch(prefix, most);

    /// <inheritdoc/>
    public override void Publish(params IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            ThrowIfLost();
            _tags[name] = _store.Put(name, this[name]);
        }
    }

    /// <inheritdoc/>
    public override void HandOver(params IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            Publish(name);
            File.Delete(this[name]);
        }
    }

    /// <inheritdoc/>
    public override void PublishGrowth(string name)
    {
        ThrowIfLost();
        var (count, published) = _pieces.GetValueOrDefault(name);
        using var file = new FileStream(this[name], FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var piece = new byte[file.Length - published];
        file.Position = published;
        file.ReadExactly(piece);
        if (_store.TryPut(PieceOf(name, count), piece, tag: null) is null)
        {
            throw new EvaluationException($"'{Name}': another process has written to '{name}', which is this worker's; let one process do a worker's share.");
        }

        _pieces[name] = (count + 1, published + piece.Length);
    }

    /// <inheritdoc/>
    public override bool TryCreate(string name, string text)
    {
        if (_store.TryPut(name, Encoding.UTF8.GetBytes(text), tag: null) is { } tag)
        {
            File.WriteAllText(this[name], text);
            _tags[name] = tag;
            return true;
        }

        Fetch(name);
        return false;
    }

    /// <inheritdoc/>
    public override void Delete(string name)
    {
        foreach (var item in _store.List(name).Where(item => FileOf(item.Name) == name))
        {
            _store.Delete(item.Name);
        }

        Forget(name);
    }

    /// <inheritdoc/>
    public override IDisposable? TryHold(string name)
    {
        if (Lease.TryTake(_store, name, _cancellation) is not { } lease)
        {
            return null;
        }

        _leases.Add((name, lease));
        return lease;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _store.Dispose();
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // Of the system's temporary files.
        }
    }

    private static string FileOf(string name) => name.IndexOf(Pieces, StringComparison.Ordinal) is var at and >= 0 ? name[..at] : name;

    private static string PieceOf(string name, int number) => Invariant($"{name}{Pieces}{number:00000000}");

    private void Fetch(string prefix, int? most)
    {
        var listed = _store.List(prefix);
        var whole = listed.Where(item => FileOf(item.Name) == item.Name).ToList();
        foreach (var gone in _tags.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Except(whole.Select(item => item.Name), StringComparer.Ordinal))
        {
            Forget(gone);
        }

        AtOnce(whole.Where(item => _tags.GetValueOrDefault(item.Name) != item.Tag), item =>
        {
            if (_store.Get(item.Name, most is { } count && item.Bytes > count ? count : null) is var (bytes, tag))
            {
                File.WriteAllBytes(this[item.Name], bytes);
                _tags[item.Name] = tag;
            }
        });
        if (most is not null)
        {
            return;
        }

        foreach (var file in listed.Except(whole).GroupBy(item => FileOf(item.Name), StringComparer.Ordinal))
        {
            FetchPieces(file.Key, file.Count());
        }
    }

    private void FetchPieces(string name, int count)
    {
        var (have, length) = _pieces.GetValueOrDefault(name);
        if (count <= have)
        {
            return;
        }

        var pieces = new byte[count - have][];
        AtOnce(Enumerable.Range(0, pieces.Length), i => pieces[i] = _store.Get(PieceOf(name, have + i))?.Bytes
            ?? throw new ObjectStoreException($"'{Name}': '{PieceOf(name, have + i)}' is missing, and others behind it are there; give another --out, or remove '{name}{Pieces}'."));
        using var file = new FileStream(this[name], FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        foreach (var piece in pieces)
        {
            file.Write(piece);
            length += piece.Length;
        }

        _pieces[name] = (count, length);
    }

    private void AtOnce<T>(IEnumerable<T> items, Action<T> act)
    {
        try
        {
            Parallel.ForEach(items, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = _cancellation }, act);
        }
        catch (AggregateException error)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }
    }

    private void Forget(string name)
    {
        _tags.TryRemove(name, out _);
        _pieces.TryRemove(name, out _);
        File.Delete(this[name]);
    }

    private void ThrowIfLost()
    {
        if (_leases.FirstOrDefault(held => held.Lease.IsLost) is { Name: { } name })
        {
            throw new EvaluationException($"'{Name}': another process has taken '{name}', since no sign of life of this one came through ({Lease.SpanVariable}); let it go on.");
        }
    }
}
