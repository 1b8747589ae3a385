namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>The parameters and persistent buffers under their paths. The tensors are the module's own, not copies.</summary>
            /// <param name="destination">A dictionary to add to; a new one where null.</param>
            /// <param name="prefix">What comes before every path, without the point.</param>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                foreach (var (path, parameter) in named_parameters()) destination.TryAdd(Key(path), parameter);
                foreach (var (path, buffer) in named_buffers(include_nonpersistent: false)) destination.TryAdd(Key(path), buffer);
                // Once more by module: a tensor that two modules share has a key for each.
                foreach (var (child, module) in submodules) module.state_dict(destination, Key(child));
                return destination;

                string Key(string path) => string.IsNullOrEmpty(prefix) ? path : $"{prefix}.{path}";
            }

            /// <summary>Copies the values of <paramref name="source"/> into the parameters and buffers of the same keys.</summary>
            /// <param name="source">Tensors by key; they stay the caller's.</param>
            /// <param name="strict">Whether a key too many or too few is an error, before anything is copied.</param>
            /// <param name="skip">Keys that are neither copied nor compared.</param>
            /// <returns>The module's keys that the source lacks, and the source's keys that the module lacks.</returns>
            /// <exception cref="InvalidOperationException">Strict, and the keys differ.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                skip ??= [];
                var target = state_dict();
                List<string> unexpected = [.. source.Keys.Where(k => !target.ContainsKey(k) && !skip.Contains(k))];
                List<string> missing = [.. target.Keys.Where(k => !source.ContainsKey(k) && !skip.Contains(k))];
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                {
                    throw new InvalidOperationException(
                        $"The loaded state_dict is not identical to the target dictionary. Missing: {List(missing)}; unexpected: {List(unexpected)}.");
                }
                using var mode = no_grad();
                foreach (var (key, value) in source)
                    if (target.TryGetValue(key, out var tensor) && !skip.Contains(key))
                        tensor.copy_(value);
                return (missing, unexpected);

                static string List(List<string> keys) => keys.Count == 0 ? "none" : string.Join(", ", keys);
            }

            /// <summary>Writes the state dict to a file, in TorchSharp's format.</summary>
            public Module save(string location, IList<string>? skip = null)
            {
                using var stream = File.Create(location);
                return save(stream, skip);
            }

            /// <summary>Writes the state dict to a stream and closes it.</summary>
            public Module save(Stream stream, IList<string>? skip = null)
            {
                using var writer = new BinaryWriter(stream);
                return save(writer, skip);
            }

            /// <summary>Writes the state dict: the count of its entries in LEB128, then for each its key and tensor.</summary>
            public Module save(BinaryWriter writer, IList<string>? skip = null)
            {
                save_state_dict(writer, state_dict(), skip);
                return this;
            }

            /// <summary>Writes a state dict without the keys of <paramref name="skip"/>.</summary>
            public static void save_state_dict(BinaryWriter writer, Dictionary<string, Tensor> sd, IList<string>? skip = null)
            {
                var entries = sd.Where(e => skip is null || !skip.Contains(e.Key)).ToList();
                writer.Write7BitEncodedInt64(entries.Count);
                foreach (var (key, tensor) in entries)
                {
                    writer.Write(key);
                    tensor.Save(writer);
                }
            }

            /// <summary>Reads parameters and buffers from a file that <c>save</c> wrote.</summary>
            /// <param name="location">The file.</param>
            /// <param name="strict">Whether the file has to hold exactly the module's keys.</param>
            /// <param name="skip">Keys whose values are read and dropped.</param>
            /// <param name="loadedParameters">Gets every key of the file, with whether the module has it.</param>
            /// <exception cref="ArgumentException">Strict and the keys differ, or a shape or dtype differs.</exception>
            public virtual Module load(string location, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                if (!File.Exists(location)) throw new FileNotFoundException(location);
                using var stream = File.OpenRead(location);
                return load(stream, strict, skip, loadedParameters);
            }

            /// <summary>Reads parameters and buffers from a stream that <c>save</c> wrote, and closes it.</summary>
            public Module load(Stream stream, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                using var reader = new BinaryReader(stream);
                return load(reader, strict, skip, loadedParameters);
            }

            /// <summary>Reads parameters and buffers that <c>save</c> wrote.</summary>
            public virtual Module load(BinaryReader reader, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                var target = state_dict();
                var count = reader.Read7BitEncodedInt64();
                if (strict && count != target.Count)
                    throw new ArgumentException($"Mismatched state_dict sizes: expected {target.Count}, but found {count} entries.", nameof(reader));
                for (var i = 0L; i < count; i++)
                {
                    var key = reader.ReadString();
                    var found = target.TryGetValue(key, out var tensor);
                    if (!found && strict)
                    {
                        throw new ArgumentException(
                            $"Mismatched module state names: the target modules does not have a submodule or buffer named '{key}'", nameof(reader));
                    }
                    if (found && skip?.Contains(key) != true) tensor!.Load(reader);
                    else TensorExtensionMethods.Load(reader, skip: true).Dispose();
                    loadedParameters?.Add(key, found);
                }
                return this;
            }

            /// <summary>Makes a module and reads its weights from a file.</summary>
            public static Module Create<T>(string path) where T : Module, new() => new T().load(path);
        }
    }
}
