using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace DiTFastAttn.Generators.Usage;

/// <summary>What a method itself does: lambdas and local functions run when they are called, and return to others.</summary>
internal static class MethodOperations
{
    /// <summary>Operations and all in them, in order.</summary>
    /// <param name="roots">Where to begin.</param>
    public static IEnumerable<IOperation> In(IEnumerable<IOperation> roots)
    {
        // Not by recursion: expressions can be nested more deeply than a thread's stack.
        var open = new Stack<IOperation>(roots.Reverse());
        while (open.Count > 0)
        {
            var operation = open.Pop();
            if (operation is IAnonymousFunctionOperation or ILocalFunctionOperation)
            {
                continue;
            }

            yield return operation;
            foreach (var child in operation.ChildOperations.Reverse())
            {
                open.Push(child);
            }
        }
    }
}
