using System.Collections;
using System.Reflection;

namespace DiTFastAttn.Generators.Tests.Testing;

/// <summary>Walks everything that an object keeps alive.</summary>
internal static class ObjectGraph
{
    /// <summary>All objects reachable from a root through fields and elements, each once, with the way to it.</summary>
    /// <param name="root">Where to begin.</param>
    public static IEnumerable<(object Found, string Way)> Walk(object root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<(object Value, string Way)>();
        open.Push((root, root.GetType().Name));
        while (open.TryPop(out var next))
        {
            if (!seen.Add(next.Value))
            {
                continue;
            }

            yield return next;
            foreach (var (child, name) in Children(next.Value))
            {
                open.Push((child, next.Way + "." + name));
            }
        }
    }

    private static IEnumerable<(object Child, string Name)> Children(object value)
    {
        if (value is string or Type or Pointer || value.GetType().IsPrimitive)
        {
            yield break;
        }

        if (value is Array elements)
        {
            foreach (var element in (IEnumerable)elements)
            {
                if (element is not null)
                {
                    yield return (element, "[]");
                }
            }
        }

        for (var type = value.GetType(); type is not null; type = type.BaseType)
        {
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (field.GetValue(value) is { } child)
                {
                    yield return (child, field.Name);
                }
            }
        }
    }
}
