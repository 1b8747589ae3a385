using System.Collections;
using System.Diagnostics.CodeAnalysis;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Modules under names, in the order in which they were added; the names are those in the state dict.</summary>
    /// <remarks>They are registered once, with the module that holds the dictionary: what changes later does not reach the registry.</remarks>
    public class ModuleDict<T> : nn.Module, IDictionary<string, T>, IList<(string, T)> where T : nn.Module
    {
        private readonly OrderedDictionary<string, T> entries = [];
        private bool isRegistered;

        public ModuleDict() : base("ModuleDict")
        {
        }

        public int Count => entries.Count;

        public bool IsReadOnly => false;

        public ICollection<string> Keys => entries.Keys;

        public ICollection<T> Values => entries.Values;

        public T this[string key]
        {
            get => entries[key];
            set => entries[key] = value;
        }

        public (string, T) this[int index]
        {
            get => Pair(entries.GetAt(index));
            set => entries.SetAt(index, value.Item1, value.Item2);
        }

        public IEnumerable<string> keys() => entries.Keys;

        public IEnumerable<T> values() => entries.Values;

        public IEnumerator<(string, T)> items() => GetEnumerator();

        public IEnumerator<(string, T)> GetEnumerator() => entries.Select(Pair).GetEnumerator();

        IEnumerator<KeyValuePair<string, T>> IEnumerable<KeyValuePair<string, T>>.GetEnumerator() => entries.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void Add(string key, T value) => entries.Add(key, value);

        public void Add((string, T) item) => entries.Add(item.Item1, item.Item2);

        public void Add(KeyValuePair<string, T> item) => entries.Add(item.Key, item.Value);

        public void Insert(int index, (string, T) item) => entries.Insert(index, item.Item1, item.Item2);

        public bool ContainsKey(string key) => entries.ContainsKey(key);

        public bool Contains((string, T) item) => IndexOf(item) >= 0;

        public bool Contains(KeyValuePair<string, T> item) => Contains(Pair(item));

        public int IndexOf((string, T) item)
        {
            var index = entries.IndexOf(item.Item1);
            return index >= 0 && ReferenceEquals(entries.GetAt(index).Value, item.Item2) ? index : -1;
        }

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => entries.TryGetValue(key, out value);

        public bool Remove(string key) => entries.Remove(key);

        public bool Remove((string, T) item) => Contains(item) && entries.Remove(item.Item1);

        public bool Remove(KeyValuePair<string, T> item) => Remove(Pair(item));

        public void RemoveAt(int index) => entries.RemoveAt(index);

        public void Clear() => entries.Clear();

        public void clear() => entries.Clear();

        public void CopyTo((string, T)[] array, int arrayIndex) => entries.Select(Pair).ToArray().CopyTo(array, arrayIndex);

        public void CopyTo(KeyValuePair<string, T>[] array, int arrayIndex) => entries.ToArray().CopyTo(array, arrayIndex);

        protected override void RegisterComponents()
        {
            if (isRegistered) return;
            foreach (var (name, module) in entries) register_module(name, module);
            isRegistered = true;
        }

        private static (string, T) Pair(KeyValuePair<string, T> pair) => (pair.Key, pair.Value);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Modules under names.</summary>
            public static ModuleDict<Module> ModuleDict(params (string, Module)[] modules) => ModuleDict<Module>(modules);

            /// <summary>Modules of one class under names.</summary>
            public static ModuleDict<T> ModuleDict<T>(params (string, T)[] modules) where T : Module
            {
                var dict = new ModuleDict<T>();
                foreach (var module in modules) dict.Add(module);
                return dict;
            }
        }
    }
}
