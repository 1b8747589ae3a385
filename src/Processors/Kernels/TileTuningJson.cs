using System.Text.Json.Serialization;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>Without reflection, so that trimming and ahead-of-time compilation keep it.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(Dictionary<string, int>))]
[JsonSerializable(typeof(SortedDictionary<string, int>))]
internal sealed partial class TileTuningJson : JsonSerializerContext;
