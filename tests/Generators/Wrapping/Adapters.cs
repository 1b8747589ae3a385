namespace DiTFastAttn.Generators.Tests.Wrapping;

/// <summary>Sources of programs that wrap a vendor's modules.</summary>
internal static class Adapters
{
    /// <summary>An adapter of <c>Vendor.SelfAttention</c> that reads its public parts.</summary>
    /// <param name="bases">What it derives from and implements.</param>
    /// <param name="place">Further arguments of the attribute.</param>
    /// <param name="members">Further members.</param>
    public static string Open(string bases, string place = "", string members = "") => Of("Vendor.SelfAttention", bases, place, $$"""
        private long Heads => Original.NumHeads;
        private TorchSharp.Modules.Linear Qkv => Original.qkv;
        private TorchSharp.Modules.Linear Proj => Original.proj;
        {{members}}
        """);

    /// <summary>An adapter that computes with its members <c>Heads</c>, <c>Qkv</c> and <c>Proj</c>.</summary>
    /// <param name="original">What it stands for.</param>
    /// <param name="bases">What it derives from and implements.</param>
    /// <param name="place">Further arguments of the attribute.</param>
    /// <param name="members">Its members.</param>
    /// <param name="site">The beginning of the attribute on the site.</param>
    /// <param name="method">The site.</param>
    public static string Of(
        string original,
        string bases,
        string place,
        string members,
        string site = "[AttentionSite(",
        string method = "public override partial Tensor forward(Tensor hidden);") => $$"""
        [assembly: WrapAttention(typeof({{original}}), typeof(Demo.FastAttention){{(place.Length == 0 ? "" : ", " + place)}})]

        namespace Demo;

        internal sealed partial class FastAttention : {{bases}}
        {
            {{members.ReplaceLineEndings("\n    ")}}

            {{site}}Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Heads))]
            {{method}}

            private AttentionInput ProjectQkv(Tensor hidden)
            {
                using var packed = Qkv.forward(hidden);
                var parts = Vendor.Heads.Split(packed, Heads);
                return new(parts[0], parts[1], parts[2]);
            }

            private Tensor ProjectOut(Tensor attended)
            {
                using var joined = Vendor.Heads.Join(attended);
                return Proj.forward(joined);
            }
        }
        """;
}
