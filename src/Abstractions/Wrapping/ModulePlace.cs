using System.ComponentModel;
using TorchSharp;

namespace DiTFastAttn.Wrapping;

/// <summary>A kind of place where a model holds a module: a field, the elements of a list in a field, or those of any <c>ModuleList</c>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class ModulePlace
{
    private protected ModulePlace()
    {
    }

    /// <summary>How a message names it.</summary>
    internal abstract string Description { get; }

    /// <summary>The modules that one module of the model holds in such places.</summary>
    internal abstract IEnumerable<HeldModule> HeldBy(torch.nn.Module owner);

    private protected static IEnumerable<HeldModule> Elements<TElement>(IList<TElement> list, string prefix)
        where TElement : class
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is torch.nn.Module module)
            {
                var index = i;
                yield return new HeldModule(
                    module,
                    prefix + string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{i}"),
                    () => index < list.Count ? list[index] : null,
                    replacement => list[index] = (TElement)replacement);
            }
        }
    }
}
