using TorchSharp;

namespace DiTFastAttn.Wrapping;

/// <summary>One module of an attached model with the adapter that stands for it.</summary>
internal sealed class WrappedModule
{
    private readonly List<HeldModule> _places = [];
    private readonly object?[] _copied;

    public WrappedModule(ModuleWrapping wrapping, torch.nn.Module original, torch.nn.Module owner, string path)
    {
        Wrapping = wrapping;
        Original = original;
        Owner = owner;
        Path = path;
        _copied = [.. wrapping.SharedFields.Select(field => field.GetValue(original))];
        Adapter = wrapping.CreateAdapter(original);
    }

    public ModuleWrapping Wrapping { get; }

    public torch.nn.Module Original { get; }

    public torch.nn.Module Adapter { get; }

    /// <summary>The first module that was found to hold it.</summary>
    public torch.nn.Module Owner { get; }

    /// <summary>Its path by way of the owner; the registry may know another.</summary>
    public string Path { get; }

    public void AddPlace(HeldModule place) => _places.Add(place);

    /// <summary>Puts the adapter where the original stands.</summary>
    public void Swap() => _places.ForEach(place => place.Write(Adapter));

    /// <summary>Puts the original back, unless somebody has put a third object there.</summary>
    public void Restore()
    {
        foreach (var place in _places.Where(place => ReferenceEquals(place.Read(), Adapter)))
        {
            place.Write(Original);
        }
    }

    /// <summary>Gives the adapter what has been set on the original since: <c>.to</c> replaces the tensors in a module's own fields.</summary>
    public void Refresh()
    {
        for (var i = 0; i < _copied.Length; i++)
        {
            var field = Wrapping.SharedFields[i];
            var now = field.GetValue(Original);
            if (field.FieldType.IsValueType ? !Equals(now, _copied[i]) : !ReferenceEquals(now, _copied[i]))
            {
                field.SetValue(Adapter, now);
                _copied[i] = now;
            }
        }
    }
}
