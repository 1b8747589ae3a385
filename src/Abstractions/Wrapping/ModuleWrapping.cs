using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;

namespace DiTFastAttn.Wrapping;

/// <summary>What <c>[assembly: WrapAttention]</c> says of one adapter: for which modules it stands, and where they are found.</summary>
public abstract class ModuleWrapping
{
    private readonly IReadOnlyList<ModulePlace> _places;
    private readonly IReadOnlyList<Delegate> _accessors;
    private readonly FieldInfo[] _sharedFields;
    private bool _checked;

    private protected ModuleWrapping(Type original, Type adapter, bool includeDerived, IReadOnlyList<ModulePlace> places, IReadOnlyList<Delegate> accessors)
    {
        Original = original;
        Adapter = adapter;
        IncludeDerived = includeDerived;
        _places = places;
        _accessors = accessors;
        _sharedFields = FieldsFrom(adapter.BaseType!);
    }

    /// <summary>The class of the modules that are wrapped.</summary>
    public Type Original { get; }

    /// <summary>The class that computes in their place.</summary>
    public Type Adapter { get; }

    /// <summary>Whether modules of derived classes are wrapped too.</summary>
    public bool IncludeDerived { get; }

    /// <summary>The fields that adapter and original have in common: those of the adapter's base class, which is one of the original's too.</summary>
    internal IReadOnlyList<FieldInfo> SharedFields => _sharedFields;

    /// <summary>How a message names the places.</summary>
    internal string Places => string.Join(" or ", _places.Select(place => place.Description));

    /// <summary>Whether a module is one that the adapter stands for.</summary>
    internal bool Takes(torch.nn.Module module)
        => IncludeDerived ? Original.IsInstanceOfType(module) : module.GetType() == Original;

    /// <summary>Where a module of the model holds other modules that may be wrapped.</summary>
    internal IEnumerable<HeldModule> HeldBy(torch.nn.Module owner) => _places.SelectMany(place => place.HeldBy(owner));

    /// <summary>Makes an adapter that stands for a module. It stands nowhere yet.</summary>
    /// <remarks>
    /// No constructor runs: it would make parameters, and draw random numbers for them. What a constructor of the base class would set up, registry and hooks
    /// among it, is shared with the original instead, so that to whoever holds the adapter it has the original's parameters, hooks and settings.
    /// </remarks>
    internal torch.nn.Module CreateAdapter(torch.nn.Module original)
    {
        CheckAccessors();
        var adapter = (torch.nn.Module)RuntimeHelpers.GetUninitializedObject(Adapter);
#pragma warning disable CA1816 // It owns nothing that a finalizer would have to free.
        GC.SuppressFinalize(adapter);
#pragma warning restore CA1816
        foreach (var field in _sharedFields)
        {
            field.SetValue(adapter, field.GetValue(original));
        }

        ((IModuleAdapter)adapter).StandFor(original);
        return adapter;
    }

    private void CheckAccessors()
    {
        if (_checked)
        {
            return;
        }

        foreach (var accessor in _accessors)
        {
            MemberAccessor.Check(accessor, Adapter);
        }

        _checked = true;
    }

    private static FieldInfo[] FieldsFrom(Type? type)
    {
        var fields = new List<FieldInfo>();
        for (; type is not null && type != typeof(object); type = type.BaseType)
        {
            fields.AddRange(type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));
        }

        return [.. fields];
    }
}
