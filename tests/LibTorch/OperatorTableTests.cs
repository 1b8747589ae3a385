using System.Reflection;
using TorchSharp.Binding;

namespace DiTFastAttn.LibTorch.Tests;

public sealed class OperatorTableTests
{
    // Newer than 1.13: callers ask Exists first, or catch what a call without it throws.
    private static readonly string[] Newer = ["_flash_attention_forward", "scaled_dot_product_attention"];

    [Fact]
    public void Every_operator_exists_in_this_libtorch()
    {
        var missing = typeof(Op).GetFields(BindingFlags.Static | BindingFlags.NonPublic)
            .Where(f => f.FieldType == typeof(Op) && !((Op)f.GetValue(null)!).Exists)
            .Select(f => f.Name)
            .Except(Newer);
        missing.ShouldBeEmpty();
    }
}
