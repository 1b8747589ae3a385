using System.ComponentModel;
using TorchSharp;

namespace DiTFastAttn.Wrapping;

/// <summary>A field that holds a module. Created by generated code.</summary>
/// <typeparam name="TOwner">The class that declares the field.</typeparam>
/// <typeparam name="TField">The type that it is declared with.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class FieldPlace<TOwner, TField> : ModulePlace
    where TOwner : torch.nn.Module
    where TField : class
{
    private readonly string _name;
    private readonly FieldAccessor<TOwner, TField> _field;

    /// <summary>Describes a field.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="field">Generated access to it.</param>
    public FieldPlace(string name, FieldAccessor<TOwner, TField> field)
    {
        _name = name;
        _field = field;
    }

    internal override string Description => $"the field '{_name}' of {typeof(TOwner)}";

    internal override IEnumerable<HeldModule> HeldBy(torch.nn.Module owner)
    {
        if (owner is not TOwner typed)
        {
            return [];
        }

        MemberAccessor.Check(_field, typeof(TOwner));
        return _field(typed) is torch.nn.Module held
            ? [new HeldModule(held, _name, () => _field(typed), replacement => _field(typed) = (TField)replacement)]
            : [];
    }
}
