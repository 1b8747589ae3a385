using System.ComponentModel;
using TorchSharp;

namespace DiTFastAttn.Wrapping;

/// <summary>The elements of a list or an array that a field holds. Created by generated code.</summary>
/// <typeparam name="TOwner">The class that declares the field.</typeparam>
/// <typeparam name="TField">The type that it is declared with.</typeparam>
/// <typeparam name="TElement">The type of its elements.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ListFieldPlace<TOwner, TField, TElement> : ModulePlace
    where TOwner : torch.nn.Module
    where TField : class, IList<TElement>
    where TElement : class
{
    private readonly string _name;
    private readonly FieldAccessor<TOwner, TField> _field;

    /// <summary>Describes a field.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="field">Generated access to it.</param>
    public ListFieldPlace(string name, FieldAccessor<TOwner, TField> field)
    {
        _name = name;
        _field = field;
    }

    internal override string Description => $"the list '{_name}' of {typeof(TOwner)}";

    internal override IEnumerable<HeldModule> HeldBy(torch.nn.Module owner)
    {
        if (owner is not TOwner typed)
        {
            return [];
        }

        MemberAccessor.Check(_field, typeof(TOwner));
        return _field(typed) is { } list ? Elements(list, _name + ".") : [];
    }
}
