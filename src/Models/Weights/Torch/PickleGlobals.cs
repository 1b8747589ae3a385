using System.Collections.Frozen;

namespace DiTFastAttn.Models.Weights.Torch;

/// <summary>
/// All globals that a weight file may name. Module and name are compared as a pair and whole: a dotted name or another
/// function of an allowed module is not among them.
/// </summary>
internal static class PickleGlobals
{
    private static readonly FrozenDictionary<(string Module, string Name), PickleValue.Global> Known = All().ToFrozenDictionary(g => g.Key, g => g.Value);

    /// <summary>The global, or null where weight files have no use for it.</summary>
    public static PickleValue.Global? Find(string module, string name) => Known.GetValueOrDefault((module, name));

    private static IEnumerable<KeyValuePair<(string Module, string Name), PickleValue.Global>> All()
    {
        yield return Entry("collections", "OrderedDict", PickleRole.OrderedDict);
        yield return Entry("torch._utils", "_rebuild_tensor_v2", PickleRole.RebuildTensor);
        yield return Entry("torch._utils", "_rebuild_tensor_v3", PickleRole.RebuildTensorWithDtype);
        yield return Entry("torch._utils", "_rebuild_parameter", PickleRole.RebuildParameter);
        yield return Entry("torch.storage", "UntypedStorage", PickleRole.StorageClass);
        yield return Entry("argparse", "Namespace", PickleRole.Ignored);
        foreach (var (name, dtype) in Storages)
        {
            yield return Entry("torch", name, PickleRole.StorageClass, dtype);
        }

        foreach (var (name, dtype) in Dtypes)
        {
            yield return Entry("torch", name, PickleRole.Dtype, dtype);
        }
    }

    private static (string Name, SafetensorsDtype Dtype)[] Storages =>
    [
        ("FloatStorage", SafetensorsDtype.F32), ("DoubleStorage", SafetensorsDtype.F64), ("HalfStorage", SafetensorsDtype.F16),
        ("BFloat16Storage", SafetensorsDtype.BF16), ("LongStorage", SafetensorsDtype.I64), ("IntStorage", SafetensorsDtype.I32),
        ("ShortStorage", SafetensorsDtype.I16), ("CharStorage", SafetensorsDtype.I8), ("ByteStorage", SafetensorsDtype.U8),
        ("BoolStorage", SafetensorsDtype.BOOL),
    ];

    // Those without an element type here may stand in a file as values; a tensor of them is refused.
    private static (string Name, SafetensorsDtype? Dtype)[] Dtypes =>
    [
        ("float32", SafetensorsDtype.F32), ("float", SafetensorsDtype.F32), ("float64", SafetensorsDtype.F64), ("double", SafetensorsDtype.F64),
        ("float16", SafetensorsDtype.F16), ("half", SafetensorsDtype.F16), ("bfloat16", SafetensorsDtype.BF16),
        ("int64", SafetensorsDtype.I64), ("long", SafetensorsDtype.I64), ("int32", SafetensorsDtype.I32), ("int", SafetensorsDtype.I32),
        ("int16", SafetensorsDtype.I16), ("short", SafetensorsDtype.I16), ("int8", SafetensorsDtype.I8), ("uint8", SafetensorsDtype.U8),
        ("uint16", SafetensorsDtype.U16), ("uint32", SafetensorsDtype.U32), ("uint64", SafetensorsDtype.U64), ("bool", SafetensorsDtype.BOOL),
        ("float8_e4m3fn", SafetensorsDtype.F8_E4M3), ("float8_e5m2", SafetensorsDtype.F8_E5M2), ("float8_e8m0fnu", SafetensorsDtype.F8_E8M0),
        ("float8_e4m3fnuz", SafetensorsDtype.F8_E4M3FNUZ), ("float8_e5m2fnuz", SafetensorsDtype.F8_E5M2FNUZ),
        ("complex64", SafetensorsDtype.C64), ("cfloat", SafetensorsDtype.C64), ("complex128", null), ("cdouble", null), ("complex32", null), ("chalf", null),
        ("qint8", null), ("quint8", null), ("qint32", null), ("quint4x2", null), ("quint2x4", null), ("float4_e2m1fn_x2", null),
        ("bits8", null), ("bits16", null), ("bits1x8", null), ("bits2x4", null), ("bits4x2", null),
    ];

    private static KeyValuePair<(string Module, string Name), PickleValue.Global> Entry(
        string module, string name, PickleRole role, SafetensorsDtype? dtype = null)
        => new((module, name), new PickleValue.Global($"{module}.{name}", role, dtype));
}
