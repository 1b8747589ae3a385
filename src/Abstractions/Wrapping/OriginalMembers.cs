using System.ComponentModel;
using TorchSharp;

namespace DiTFastAttn.Wrapping;

/// <summary>Finds what <c>[OriginalMember]</c> names by its path. For generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class OriginalMembers
{
    /// <summary>The submodule that a path of registered modules leads to.</summary>
    /// <typeparam name="TModule">Its class, or a base class of it.</typeparam>
    /// <param name="module">Where the path begins.</param>
    /// <param name="path">Names between dots, as in the keys of the state dict: <c>attn.qkv</c>.</param>
    /// <exception cref="InvalidOperationException">There is none, or it is of another class.</exception>
    public static TModule Submodule<TModule>(torch.nn.Module module, string path)
        where TModule : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(path);
        var found = module;
        foreach (var name in path.Split('.'))
        {
            var children = found.named_children().ToList();
            found = children.Find(child => child.name == name).module
                ?? throw new InvalidOperationException(
                    $"{module.GetType()} has no submodule '{path}': '{name}' is none of {string.Join(", ", children.Select(child => $"'{child.name}'").DefaultIfEmpty("(none)"))}.");
        }

        return found as TModule
            ?? throw new InvalidOperationException($"submodule '{path}' of {module.GetType()} is a {found.GetType()}, not a {typeof(TModule)}.");
    }
}
