using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Pipeline;

/// <summary>
/// All declarations of a compilation, as hashes: tells which files an edit elsewhere can have given another meaning. It may name a file too
/// many, never one too few.
/// </summary>
/// <remarks>
/// A name in a file means something else only if a declaration of that simple name came, went or changed, or if what such a declaration says
/// means something else itself. Names are followed from file to file that way.
/// </remarks>
internal sealed class DeclarationIndex
{
    private readonly List<FileDeclarations> _files;
    private readonly Dictionary<uint, ulong> _names = [];
    private readonly HashSet<uint> _globalWords = [];
    private readonly ulong _surroundings;

    /// <param name="compilation">The compilation; nothing of it is kept.</param>
    /// <param name="files">Its files, in its order.</param>
    /// <param name="references">A number for each set of references.</param>
    public DeclarationIndex(Compilation compilation, List<FileDeclarations> files, ulong references)
    {
        _files = files;
        var hash = Hashes.Add(Hashes.Start, references);
        hash = Hashes.Add(hash, compilation.AssemblyName ?? "");
        hash = Hashes.Add(hash, (ulong)compilation.Options.MetadataImportOptions);
        hash = Hashes.Add(hash, (ulong)compilation.Options.OutputKind);
        if (compilation.Options is CSharpCompilationOptions options)
        {
            hash = Hashes.Add(hash, (ulong)options.NullableContextOptions);
            hash = Hashes.Add(hash, options.AllowUnsafe ? 1ul : 0);
        }

        var namespaces = new HashSet<string>(System.StringComparer.Ordinal);
        foreach (var file in files)
        {
            foreach (var type in file.Types)
            {
                _names.TryGetValue(type, out var before);
                _names[type] = Hashes.Add(before, file.Hash);
            }

            foreach (var space in file.Namespaces)
            {
                if (namespaces.Add(space))
                {
                    AddNamespace(space);
                }
            }

            hash = Hashes.Add(hash, file.GlobalUsings.Hash);
            _globalWords.UnionWith(file.GlobalUsings.Words);
        }

        _surroundings = hash;
    }

    /// <summary>The files that may mean something else than they did, or <see langword="null"/> for all of them.</summary>
    /// <param name="earlier">The index of the compilation in which their meaning is known.</param>
    public HashSet<FileDeclarations>? FilesConcernedSince(DeclarationIndex earlier)
    {
        if (_surroundings != earlier._surroundings)
        {
            return null;
        }

        var concerned = new HashSet<FileDeclarations>();
        var news = new HashSet<uint>(_names.Where(name => !earlier.Has(name)).Concat(earlier._names.Where(name => !Has(name))).Select(name => name.Key));
        var known = new HashSet<uint>(news);
        while (news.Count > 0)
        {
            if (_globalWords.Overlaps(news))
            {
                return null;
            }

            var next = new HashSet<uint>();
            foreach (var file in _files)
            {
                if (!concerned.Contains(file) && file.Mentions(news))
                {
                    concerned.Add(file);
                    next.UnionWith(file.Types.Where(known.Add));
                }
            }

            news = next;
        }

        return concerned;
    }

    // A namespace matters by being there; which files are in it does not.
    private void AddNamespace(string space)
    {
        foreach (var part in space.Split('.'))
        {
            var name = Hashes.OfName(part);
            _names.TryGetValue(name, out var before);
            _names[name] = unchecked(before + Hashes.Add(Hashes.Start, space));
        }
    }

    private bool Has(KeyValuePair<uint, ulong> name) => _names.TryGetValue(name.Key, out var value) && value == name.Value;
}
