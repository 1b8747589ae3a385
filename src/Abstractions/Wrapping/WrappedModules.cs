using TorchSharp;

namespace DiTFastAttn.Wrapping;

/// <summary>The modules of a model that adapters stand for while it is attached.</summary>
internal sealed class WrappedModules
{
    private readonly Dictionary<torch.nn.Module, WrappedModule> _byOriginal = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<torch.nn.Module> _registered = new(ReferenceEqualityComparer.Instance);

    private WrappedModules(torch.nn.Module model) => Modules = [.. WithChildren("", model)];

    /// <summary>The model's registered modules, each at its first path, in the order in which their sites are numbered.</summary>
    public IReadOnlyList<(string Path, torch.nn.Module Module)> Modules { get; }

    public int Count => _byOriginal.Count;

    /// <summary>A module that is left alone for being of a derived class, as a sentence; <see langword="null"/> where there is none.</summary>
    public string? LeftAlone { get; private set; }

    /// <summary>Looks a model through and makes adapters; changes nothing in it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="wrappings">What may be wrapped.</param>
    /// <exception cref="ArgumentException">A module cannot be wrapped.</exception>
    /// <exception cref="InvalidOperationException">The model is attached already, a declared member is not there, or two adapters claim one module.</exception>
    public static WrappedModules Find(torch.nn.Module model, IReadOnlyList<ModuleWrapping> wrappings)
    {
        var found = new WrappedModules(model);
        foreach (var wrapping in wrappings)
        {
            var any = false;
            foreach (var (path, owner) in found.Modules)
            {
                foreach (var held in wrapping.HeldBy(owner))
                {
                    any |= found.Add(wrapping, owner, held, path.Length == 0 ? held.Name : path + "." + held.Name);
                }
            }

            if (!any && found.Modules.FirstOrDefault(module => wrapping.Takes(module.Module)) is { Module: not null } missed)
            {
                throw new ArgumentException(
                    $"module '{(missed.Path.Length == 0 ? model.GetName() : missed.Path)}' is a {wrapping.Original}, which [WrapAttention] names, and "
                        + $"{wrapping.Places} does not hold it: name with Owner and Field the field that does, or wrap the module around it.",
                    nameof(model));
            }

            if (!any && found.Modules.FirstOrDefault(module => wrapping.Original.IsInstanceOfType(module.Module)) is { Module: { } derived } alone)
            {
                found.LeftAlone =
                    $"module '{alone.Path}' is a {derived.GetType()}, which derives from {wrapping.Original}: with IncludeDerived = true {wrapping.Adapter} stands for it too.";
            }
        }

        return found;
    }

    /// <summary>The adapters whose sites come where a module of the model stands.</summary>
    /// <param name="path">The module's path.</param>
    /// <param name="module">A registered module.</param>
    public IEnumerable<(string Path, torch.nn.Module Adapter)> At(string path, torch.nn.Module module)
    {
        if (_byOriginal.TryGetValue(module, out var wrapped))
        {
            yield return (path, wrapped.Adapter);
        }

        foreach (var hidden in _byOriginal.Values.Where(w => ReferenceEquals(w.Owner, module) && !_registered.Contains(w.Original)))
        {
            yield return (hidden.Path, hidden.Adapter);
        }
    }

    /// <summary>Puts the adapters where their originals stand: all of them, or none.</summary>
    public void Swap()
    {
        try
        {
            foreach (var wrapped in _byOriginal.Values)
            {
                wrapped.Swap();
            }
        }
        catch
        {
            Restore();
            throw;
        }

        // A module around another one may have a copy of the field that was just changed.
        Refresh();
    }

    /// <summary>Puts the originals back.</summary>
    public void Restore()
    {
        foreach (var wrapped in _byOriginal.Values)
        {
            wrapped.Restore();
        }
    }

    /// <summary>Gives the adapters what has been set on their originals since they were made.</summary>
    public void Refresh()
    {
        foreach (var wrapped in _byOriginal.Values)
        {
            wrapped.Refresh();
        }
    }

    private bool Add(ModuleWrapping wrapping, torch.nn.Module owner, HeldModule held, string path)
    {
        if (held.Module is IModuleAdapter)
        {
            throw new InvalidOperationException($"module '{path}' is attached already: dispose the first AttachedModel before attaching again.");
        }

        if (!wrapping.Takes(held.Module))
        {
            return false;
        }

        if (!_byOriginal.TryGetValue(held.Module, out var wrapped))
        {
            wrapped = new WrappedModule(wrapping, held.Module, owner, path);
            _byOriginal.Add(held.Module, wrapped);
        }
        else if (wrapped.Wrapping != wrapping)
        {
            throw new InvalidOperationException(
                $"module '{path}' is named by two [WrapAttention], for {wrapped.Wrapping.Adapter} and for {wrapping.Adapter}: keep one of them.");
        }

        wrapped.AddPlace(held);
        return true;
    }

    // Each module's children before the module beside it, as they compute. (named_modules gives all children first, then theirs.)
    private IEnumerable<(string Path, torch.nn.Module Module)> WithChildren(string path, torch.nn.Module module)
    {
        if (!_registered.Add(module))
        {
            yield break;
        }

        yield return (path, module);
        foreach (var (name, child) in module.named_children())
        {
            foreach (var inner in WithChildren(path.Length == 0 ? name : path + "." + name, child))
            {
                yield return inner;
            }
        }
    }
}
