using System.ComponentModel;
using TorchSharp;

namespace DiTFastAttn.Wrapping;

/// <summary>The elements of every <c>ModuleList</c> of a type in the model. Created by generated code.</summary>
/// <typeparam name="TElement">The type of its elements.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ListPlace<TElement> : ModulePlace
    where TElement : torch.nn.Module
{
    internal override string Description => $"a ModuleList of {typeof(TElement)}";

    internal override IEnumerable<HeldModule> HeldBy(torch.nn.Module owner)
        => owner is IList<TElement> list ? Elements(list, "") : [];
}
