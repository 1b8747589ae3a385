using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>The submodules of this module itself, in the order of their registration.</summary>
            public virtual IEnumerable<(string name, Module module)> named_children() => submodules.Select(s => (s.Key, s.Value));

            public virtual IEnumerable<Module> children() => named_children().Select(c => c.module);

            /// <summary>All modules under this one: first its own, then theirs under the path to them, <c>blocks.0.attn</c>.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var (child, module) in submodules) yield return (child, module);
                foreach (var (child, module) in submodules)
                    foreach (var (path, inner) in module.named_modules())
                        yield return ($"{child}.{path}", inner);
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(m => m.module);

            /// <summary>The parameters, own ones first, each tensor once; with <paramref name="recurse"/> those of the modules below too.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<IntPtr>();
                foreach (var (own, parameter) in ownParameters)
                    if (IsNew(parameter, seen))
                        yield return (own, parameter);
                if (!recurse) yield break;
                foreach (var (child, module) in submodules)
                    foreach (var (path, parameter) in module.named_parameters(true))
                        if (IsNew(parameter, seen))
                            yield return ($"{child}.{path}", parameter);
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(p => p.parameter);

            /// <summary>The buffers, own ones first, each tensor once; with <paramref name="recurse"/> those of the modules below too.</summary>
            /// <param name="recurse">Whether the modules below are asked.</param>
            /// <param name="include_nonpersistent">
            /// Has no effect: TorchSharp 0.106 never yields a buffer that is not persistent, and what is tested here has to see the same there.
            /// </param>
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<IntPtr>();
                foreach (var (own, (buffer, persistent)) in ownBuffers)
                    if (persistent && IsNew(buffer, seen))
                        yield return (own, buffer);
                if (!recurse) yield break;
                foreach (var (child, module) in submodules)
                    foreach (var (path, buffer) in module.named_buffers(true, include_nonpersistent))
                        if (IsNew(buffer, seen))
                            yield return ($"{child}.{path}", buffer);
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(b => b.buffer);

            /// <summary>Whether there is a parameter under this path.</summary>
            public virtual bool has_parameter(string target) =>
                ownParameters.ContainsKey(target) || (Child(target) is var (module, rest) && module.has_parameter(rest));

            /// <summary>Whether there is a buffer under this path.</summary>
            public virtual bool has_buffer(string target) =>
                ownBuffers.ContainsKey(target) || (Child(target) is var (module, rest) && module.has_buffer(rest));

            /// <summary>The parameter under this path, or null. It stays the module's.</summary>
            public virtual Parameter? get_parameter(string target) =>
                ownParameters.TryGetValue(target, out var parameter) ? parameter
                : Child(target) is var (module, rest) ? module.get_parameter(rest)
                : null;

            /// <summary>The buffer under this path, or null. It stays the module's.</summary>
            public virtual Tensor? get_buffer(string target) =>
                ownBuffers.TryGetValue(target, out var buffer) ? buffer.tensor
                : Child(target) is var (module, rest) ? module.get_buffer(rest)
                : null;

            /// <summary>The submodule that the first step of a path leads to, and the rest of the path.</summary>
            private (Module module, string rest)? Child(string target)
            {
                var point = target.IndexOf('.', StringComparison.Ordinal);
                if (point < 0) return null;
                var step = target[..point];
                foreach (var (child, module) in named_children())
                    if (child == step)
                        return (module, target[(point + 1)..]);
                return null;
            }

            // A disposed tensor is passed over, and so is a second name of the same one.
            private static bool IsNew(Tensor tensor, HashSet<IntPtr> seen) => !tensor.IsInvalid && seen.Add(tensor.Handle);
        }
    }
}
