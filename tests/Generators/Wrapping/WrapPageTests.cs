using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests.Wrapping;

/// <summary>What <c>docs/wrap-a-model.md</c> shows works.</summary>
public sealed partial class WrapPageTests
{
    [Fact]
    public void Its_adapters_compute_what_its_vendor_computes()
    {
        var blocks = CodeBlocks().Matches(File.ReadAllText(Page())).Select(match => match.Groups["code"].Value).ToList();
        blocks.Count.ShouldBe(3);
        var vendor = blocks[0].Replace("64", "8", StringComparison.Ordinal).Replace("namespace Vendor;", "namespace Vendor {", StringComparison.Ordinal)
            + "}\n" + Vendors.Model("ModuleList<Block>", "new Block()");
        string[] keys = ["attn.qkv.weight", "attn.qkv.bias", "attn.proj.weight", "attn.proj.bias", "mlp.weight", "mlp.bias"];

        WrappedRun.Check(vendor, blocks[1], ["blocks.0.attn", "blocks.1.attn"], keys);
        WrappedRun.Check(
            vendor,
            blocks[2].Replace("3, 4, 16", "3, 4, 2", StringComparison.Ordinal).Replace("64", "8", StringComparison.Ordinal),
            ["blocks.0.attn", "blocks.1.attn"],
            keys);
    }

    private static string Page([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/wrap-a-model.md");

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeBlocks();
}
