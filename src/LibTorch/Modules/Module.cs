using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// A part of a neural network: parameters, buffers and submodules under names. A class of one's own keeps them in fields and calls
        /// <see cref="RegisterComponents"/> at the end of its constructor; the names of the fields become the keys of the state dict.
        /// </summary>
        /// <remarks>
        /// A module owns what it registered and disposes it with itself. Parameters belong to the dispose scope in which they were made, so a
        /// model that is constructed inside a scope loses them at the scope's end unless they are detached.
        /// </remarks>
        public partial class Module : IDisposable
        {
            private const BindingFlags InstanceFields = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;

            private readonly OrderedDictionary<string, Parameter> ownParameters = [];
            private readonly OrderedDictionary<string, (Tensor tensor, bool persistent)> ownBuffers = [];
            private readonly OrderedDictionary<string, Module> submodules = [];
            private readonly string name;
            private bool areComponentsRegistered;
            private bool isTraining = true;
            private bool isDisposed;

            protected Module(string name)
            {
                this.name = name;
            }

            /// <summary>Whether the module is in training mode, as a new one is.</summary>
            public virtual bool training => isTraining;

            /// <summary>The name given at construction, else the class's.</summary>
            public virtual string GetName() => string.IsNullOrEmpty(name) ? GetType().Name : name;

            /// <summary>
            /// Registers what every instance field holds, private and inherited ones too, by the class of the value: a module as a submodule, a
            /// <see cref="Parameter"/> as a parameter, any other tensor as a persistent buffer. Fields of the derived class come first; a field
            /// whose name is taken is left out. Only the first call does anything.
            /// </summary>
            protected virtual void RegisterComponents()
            {
                if (areComponentsRegistered) return;
                foreach (var field in ComponentFields())
                {
                    var component = field.ComponentName();
                    if (submodules.ContainsKey(component) || ownParameters.ContainsKey(component) || ownBuffers.ContainsKey(component)) continue;
                    switch (field.GetValue(this))
                    {
                        case Module module:
                            register_module(component, module);
                            break;
                        case Parameter parameter:
                            register_parameter(component, parameter);
                            break;
                        case Tensor tensor:
                            register_buffer(component, tensor);
                            break;
                    }
                }
                areComponentsRegistered = true;
            }

            /// <summary>Adds a submodule under a name without a point, and registers that module's own components.</summary>
            /// <remarks>With null in place of the module the name is taken out of the registry.</remarks>
            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null || submodule.isDisposed)
                {
                    submodules.Remove(name);
                    return;
                }
                if (string.IsNullOrEmpty(name)) throw new ArgumentException("A submodule needs a name that is not empty.", nameof(name));
                if (name.Contains('.', StringComparison.Ordinal))
                    throw new ArgumentException($"The name of a submodule has no point in it, got '{name}'.", nameof(name));
                if (submodules.ContainsKey(name)) throw new InvalidOperationException($"Sub-module {name} is already registered.");
                submodule.RegisterComponents();
                submodules.Add(name, submodule);
            }

            /// <summary>The same as <see cref="register_module"/>.</summary>
            public void add_module(string name, Module module) => register_module(name, module);

            /// <summary>Adds a parameter; the module owns it from here on.</summary>
            public virtual void register_parameter(string name, Parameter param)
            {
                if (param is null || param.IsInvalid) throw new ArgumentNullException(nameof(param), "A null tensor cannot be registered as a parameter.");
                if (!ownParameters.TryAdd(name, param)) throw new InvalidOperationException($"Parameter {name} is already registered.");
            }

            /// <summary>Adds a tensor that is state and no parameter; the module owns it from here on.</summary>
            /// <param name="name">The key in the state dict.</param>
            /// <param name="tensor">The buffer.</param>
            /// <param name="persistent">Whether the state dict has it.</param>
            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                if (tensor is null || tensor.IsInvalid) throw new ArgumentNullException(nameof(tensor), "A null tensor cannot be registered as a buffer.");
                if (!ownBuffers.TryAdd(name, (tensor, persistent))) throw new InvalidOperationException($"Tensor {name} is already registered.");
            }

            /// <summary>For the setter of a property: puts <paramref name="value"/> in the place of the parameter of that name; null takes it out.</summary>
            protected void ConditionallyRegisterParameter(string name, Tensor? value) => ConditionallyRegisterParameter(name, value as Parameter);

            /// <summary>For the setter of a property: puts <paramref name="value"/> in the place of the parameter of that name; null takes it out.</summary>
            protected void ConditionallyRegisterParameter(string name, Parameter? value)
            {
                if (value is null) ownParameters.Remove(name);
                else ownParameters[name] = value;
            }

            /// <summary>For the setter of a property: puts <paramref name="value"/> in the place of the buffer of that name; null takes it out.</summary>
            protected void ConditionallyRegisterBuffer(string name, Tensor? value, bool persistent = true)
            {
                if (value is null) ownBuffers.Remove(name);
                else ownBuffers[name] = (value, persistent);
            }

            /// <summary>
            /// For the setter of a layer's parameter: disposes the old one, takes the new one out of its dispose scope and registers it.
            /// </summary>
            private protected void ReplaceOwn(string name, ref Parameter? field, Parameter? value)
            {
                if (ReferenceEquals(field, value)) return;
                field?.Dispose();
                value?.DetachFromDisposeScope();
                field = value;
                ConditionallyRegisterParameter(name, value);
            }

            /// <summary>Puts this module and all under it into training or evaluation mode.</summary>
            public virtual void train(bool train = true)
            {
                isTraining = train;
                foreach (var (_, module) in named_children()) module.train(train);
            }

            /// <summary>Puts this module and all under it into evaluation mode.</summary>
            public virtual void eval() => train(false);

            /// <summary>Applies <paramref name="fn"/> to every module under this one, then to this one.</summary>
            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, module) in submodules) module.apply(fn);
                fn(this);
                return this;
            }

            /// <summary>Drops the gradients of all parameters, or fills them with zeros.</summary>
            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var (_, parameter) in named_parameters())
                {
                    using var grad = parameter.grad;
                    if (grad is null) continue;
                    if (set_to_none) parameter.grad = null;
                    else grad.zero_();
                }
            }

            /// <summary>Disposes the parameters, the buffers and the submodules.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || isDisposed) return;
                foreach (var (_, (buffer, _)) in ownBuffers) buffer.Dispose();
                foreach (var (_, parameter) in ownParameters) parameter.Dispose();
                foreach (var (_, module) in named_modules().ToList()) module.Dispose();
                isDisposed = true;
            }

            /// <summary>The instance fields of the class and its bases, each name once, the derived class's first.</summary>
            private IEnumerable<FieldInfo> ComponentFields()
            {
                var seen = new HashSet<string>(StringComparer.Ordinal);
                for (var type = GetType(); type is not null && type != typeof(object); type = type.BaseType)
                    foreach (var field in type.GetFields(InstanceFields))
                        if (seen.Add(field.Name))
                            yield return field;
            }
        }
    }
}
