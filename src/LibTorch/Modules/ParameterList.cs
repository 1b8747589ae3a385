using System.Collections;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Parameters in a list, whose names in the state dict are their places: <c>0</c>, <c>1</c>, …</summary>
    public class ParameterList : nn.Module, IList<Parameter>
    {
        private readonly List<Parameter> list;
        private bool isRegistered;

        public ParameterList(params Parameter[] parameters) : base(nameof(ParameterList))
        {
            list = [.. parameters];
        }

        public int Count => list.Count;

        public bool IsReadOnly => false;

        public Parameter this[int index]
        {
            get => list[index];
            set => list[index] = value;
        }

        public void Add(Parameter item) => list.Add(item);

        public void append(params Parameter[] parameters) => list.AddRange(parameters);

        public void extend(IEnumerable<Parameter> parameters) => list.AddRange(parameters);

        public void Insert(int index, Parameter item) => list.Insert(index, item);

        public bool Remove(Parameter item) => list.Remove(item);

        public void RemoveAt(int index) => list.RemoveAt(index);

        public void Clear() => list.Clear();

        public bool Contains(Parameter item) => list.Contains(item);

        public int IndexOf(Parameter item) => list.IndexOf(item);

        public void CopyTo(Parameter[] array, int arrayIndex) => list.CopyTo(array, arrayIndex);

        public IEnumerator<Parameter> GetEnumerator() => list.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        protected override void RegisterComponents()
        {
            if (isRegistered) return;
            for (var i = 0; i < list.Count; i++) register_parameter($"{i}", list[i]);
            isRegistered = true;
        }

        protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
        {
            base._toEpilog(dtype, device, non_blocking);
            // The registry has the moved parameters, and the list is not a field of parameters.
            foreach (var (name, parameter) in named_parameters(recurse: false))
                list[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)] = parameter;
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Parameters in a list.</summary>
            public static ParameterList ParameterList(params Parameter[] parameters) => new(parameters);
        }
    }
}
