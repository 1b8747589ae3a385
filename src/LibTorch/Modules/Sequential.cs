using System.Runtime.CompilerServices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Modules one after the other: each gets the result of the one before. It owns them.</summary>
    /// <remarks>Their names in the state dict are their places, or those given.</remarks>
    public class Sequential : nn.Module<Tensor, Tensor>
    {
        private readonly List<(string name, nn.IModule<Tensor, Tensor> module)> steps = [];

        protected Sequential(params nn.Module<Tensor, Tensor>[] modules) : base(nameof(Sequential))
        {
            foreach (var module in modules) append(module);
        }

        protected Sequential(params (string name, nn.Module<Tensor, Tensor> submodule)[] modules) : base(nameof(Sequential))
        {
            foreach (var (name, module) in modules) append(name, module);
        }

        internal Sequential() : base(nameof(Sequential))
        {
        }

        public int Count => steps.Count;

        [IndexerName("SequentialItems")]
        public nn.IModule<Tensor, Tensor> this[int index] => steps[index].module;

        /// <summary>A part of the sequence, which shares the modules.</summary>
        [IndexerName("SequentialItems")]
        public Sequential this[(int? start, int? end) index] => Slice(index.start ?? 0, index.end ?? Count);

        /// <summary>A part of the sequence, which shares the modules.</summary>
        [IndexerName("SequentialItems")]
        public Sequential this[Range index] => Slice(index.Start.GetOffset(Count), index.End.GetOffset(Count));

        /// <summary>Adds a module at the end, named by its place.</summary>
        public Sequential append(nn.IModule<Tensor, Tensor> module) => append($"{Count}", module);

        /// <summary>Adds a module at the end.</summary>
        public Sequential append(string name, nn.IModule<Tensor, Tensor> module)
        {
            register_module(name, (nn.Module)module);
            steps.Add((name, module));
            return this;
        }

        /// <summary>Runs the modules. What they hand on to each other is disposed.</summary>
        public override Tensor forward(Tensor tensor)
        {
            if (Count == 0) return tensor.alias();
            var result = steps[0].module.call(tensor);
            foreach (var (_, module) in steps.Skip(1))
            {
                var input = result;
                result = module.call(input);
                input.Dispose();
            }
            return result;
        }

        private Sequential Slice(int start, int end)
        {
            if (start < 0 || start > Count) throw new ArgumentOutOfRangeException(nameof(start), start, $"The sequence has {Count} modules.");
            if (end < 0 || end > Count) throw new ArgumentOutOfRangeException(nameof(end), end, $"The sequence has {Count} modules.");
            var part = new Sequential();
            for (var i = start; i < end; i++) part.append(steps[i].name, steps[i].module);
            return part;
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>An empty sequence.</summary>
            public static Sequential Sequential() => new();

            /// <summary>Modules one after the other, named by their places.</summary>
            public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) => Sequential(modules.AsEnumerable());

            /// <summary>Modules one after the other, under the given names.</summary>
            public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => Sequential(modules.AsEnumerable());

            /// <summary>Modules one after the other, named by their places.</summary>
            public static Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules)
            {
                var sequence = Sequential();
                foreach (var module in modules) sequence.append(module);
                return sequence;
            }

            /// <summary>Modules one after the other, under the given names.</summary>
            public static Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules)
            {
                var sequence = Sequential();
                foreach (var (name, module) in modules) sequence.append(name, module);
                return sequence;
            }
        }
    }
}
