using System.Text.Json;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>weights.load</c>: a weight file of any format, whose tensors have to come out bit for bit.</summary>
internal sealed class WeightsLoad : ICaseKind
{
    private static readonly (string Name, SafetensorsDtype Dtype)[] Dtypes =
    [
        ("bool", SafetensorsDtype.BOOL), ("uint8", SafetensorsDtype.U8), ("int8", SafetensorsDtype.I8),
        ("float8_e5m2", SafetensorsDtype.F8_E5M2), ("float8_e4m3fn", SafetensorsDtype.F8_E4M3), ("float8_e8m0fnu", SafetensorsDtype.F8_E8M0),
        ("float8_e4m3fnuz", SafetensorsDtype.F8_E4M3FNUZ), ("float8_e5m2fnuz", SafetensorsDtype.F8_E5M2FNUZ),
        ("int16", SafetensorsDtype.I16), ("uint16", SafetensorsDtype.U16), ("float16", SafetensorsDtype.F16), ("bfloat16", SafetensorsDtype.BF16),
        ("int32", SafetensorsDtype.I32), ("uint32", SafetensorsDtype.U32), ("float32", SafetensorsDtype.F32), ("float64", SafetensorsDtype.F64),
        ("complex64", SafetensorsDtype.C64), ("int64", SafetensorsDtype.I64), ("uint64", SafetensorsDtype.U64),
    ];

    /// <inheritdoc/>
    public string Name => "weights.load";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var weights = WeightFile.Open(file.Beside(file.Call.Text("path")));
        var problem = Compare(file, weights);
        answer.Verdict = problem is null ? new ComparedOutput("out", 0, "equal") : ComparedOutput.Failed("out", problem);
    }

    private static string? Compare(CaseFile file, WeightFile weights)
    {
        var recorded = file.Root.Member("out");
        using var expected = SafetensorsFile.Open(file.Beside(recorded.Text("expected_values")));
        var left = weights.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var tensor in recorded.Items("tensors"))
        {
            var key = string.Join('/', tensor.Texts("path"));
            if (!left.Remove(key))
            {
                return $"tensor '{key}' is not found";
            }

            if (Compare(weights, expected, key, tensor) is { } problem)
            {
                return $"tensor '{key}' {problem}";
            }
        }

        return left.Count > 0 ? $"tensor '{left.First()}' is found and not recorded" : CompareMetadata(weights, recorded);
    }

    private static string? Compare(WeightFile weights, SafetensorsFile expected, string key, JsonElement recorded)
    {
        var dtype = Array.Find(Dtypes, entry => entry.Dtype == weights.ElementTypeOf(key)).Name;
        if (dtype != recorded.Text("dtype") || !weights.ShapeOf(key).SequenceEqual(recorded.Longs("shape")))
        {
            return $"is {dtype} [{string.Join(", ", weights.ShapeOf(key))}]; {recorded.Text("dtype")} {recorded.Member("shape").GetRawText()} is recorded";
        }

        var bytes = expected.ReadBytes(key);
        if (!weights.ReadBytes(key).AsSpan().SequenceEqual(bytes))
        {
            return "has other bytes than recorded";
        }

        if (weights.DtypeOf(key) is null)
        {
            return null;
        }

        // As a model takes it.
        using var values = weights.Read(key);
        return values.bytes.SequenceEqual(bytes) ? null : "has other values than bytes";
    }

    private static string? CompareMetadata(WeightFile weights, JsonElement recorded)
    {
        if (recorded.Optional("metadata") is not { } metadata)
        {
            return null;
        }

        var found = ((SafetensorsFile)weights).Metadata;
        var entries = metadata.EnumerateObject().ToList();
        return found.Count == entries.Count && entries.TrueForAll(entry => found.TryGetValue(entry.Name, out var value) && value == entry.Value.GetString())
            ? null
            : $"the metadata has {found.Count} entries, or others than the {entries.Count} recorded";
    }
}
