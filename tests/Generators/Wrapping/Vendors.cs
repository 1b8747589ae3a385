namespace DiTFastAttn.Generators.Tests.Wrapping;

/// <summary>Sources of a vendor's assembly, put together as a test wants them.</summary>
internal static class Vendors
{
    /// <summary>Classes that can be wrapped by one route or another, and some that cannot.</summary>
    public const string OfAllSorts = """
        namespace Vendor
        {
            public interface IAttention { Tensor forward(Tensor hidden); }

            public class SelfAttention : Module<Tensor, Tensor>, IAttention
            {
                public readonly Linear qkv = Linear(8, 24);
                private readonly long _heads = 2;
                public SelfAttention() : base("") => RegisterComponents();
                public long NumHeads => _heads;
                public static Tensor Create() => zeros(1);
                public override Tensor forward(Tensor hidden) => qkv.forward(hidden);
            }

            public class WideAttention : SelfAttention { public static new Tensor Create() => zeros(1); public new long NumHeads => 1; }

            public sealed class SealedAttention() : Module<Tensor, Tensor>("") { public override Tensor forward(Tensor hidden) => hidden.alias(); }

            public class FixedAttention() : Module<Tensor, Tensor>("") { public sealed override Tensor forward(Tensor hidden) => hidden.alias(); }

            public class ClosedAttention : Module<Tensor, Tensor>
            {
                internal ClosedAttention() : base("") { }
                public override Tensor forward(Tensor hidden) => hidden.alias();
            }

            internal sealed class HiddenAttention : SelfAttention;

            internal sealed class HiddenModule() : Module<Tensor, Tensor>("") { public override Tensor forward(Tensor hidden) => hidden.alias(); }

            public abstract class Layer<T>() : Module<Tensor, Tensor>("");

            public class Block() : Module<Tensor, Tensor>("")
            {
                private Module<Tensor, Tensor> attn;
                public Module<Tensor, Tensor> open;
                public SealedAttention gate;
                protected IAttention any;
                public Sequential stack;
                public WideAttention wide;
                public Module<Tensor, Tensor> Norm { get; }
                public static Module<Tensor, Tensor> Shared;
                public const int Depth = 2;
                public override Tensor forward(Tensor hidden) => attn.forward(hidden);
            }

            public class WideBlock : Block;

            internal class HiddenBlock : Block;

            public class Model() : Module<Tensor, Tensor>("") { public override Tensor forward(Tensor hidden) => hidden.alias(); }
        }
        """;

    /// <summary>Attention whose parts are public.</summary>
    /// <param name="kind"><c>class</c> or <c>sealed class</c>.</param>
    /// <param name="interfaces">What it implements, with a comma before it.</param>
    /// <param name="visibility">Of the class.</param>
    public static string Attention(string kind = "sealed class", string interfaces = "", string visibility = "public") => $$"""
        namespace Vendor
        {
            {{visibility}} {{kind}} SelfAttention : Module<Tensor, Tensor>{{interfaces}}
            {
                public readonly Linear qkv, proj;
                public long NumHeads { get; }

                public SelfAttention(long width, long heads) : base("SelfAttention")
                {
                    NumHeads = heads;
                    qkv = Linear(width, 3 * width);
                    proj = Linear(width, width);
                    RegisterComponents();
                }

                public override Tensor forward(Tensor hidden) => Heads.Through(qkv, proj, hidden, NumHeads);
            }
        }

        """;

    /// <summary>A model of two blocks that hold attention.</summary>
    /// <param name="field">Declaration of the field <c>attn</c>, without its value.</param>
    /// <param name="call">The method by which the block calls it.</param>
    /// <param name="create">Makes the field's value.</param>
    /// <param name="blocks"><c>class</c> or <c>sealed class</c>.</param>
    /// <param name="generic">Type arguments of the block's class.</param>
    public static string Blocks(
        string field, string call = "forward", string create = "new SelfAttention(8, 2)", string blocks = "sealed class", string generic = "") => $$"""
        namespace Vendor
        {
            public {{blocks}} Block{{(generic.Length == 0 ? "" : "<T>")}} : Module<Tensor, Tensor>
            {
                {{field}} = {{create}};

                public Block() : base("Block") => RegisterComponents();

                public override Tensor forward(Tensor hidden)
                {
                    using var attended = attn.{{call}}(hidden);
                    return hidden + attended;
                }
            }
        }

        """ + Model($"ModuleList<Block{generic}>", $"new Block{generic}()");

    /// <summary>A model of two modules in a list.</summary>
    /// <param name="list">The type that the field is declared with.</param>
    /// <param name="create">Makes one of the modules.</param>
    public static string Model(string list, string create) => $$"""
        namespace Vendor
        {
            public sealed class Model : Module<Tensor, Tensor>
            {
                private readonly {{list}} blocks;

                public Model() : base("Model")
                {
                    {{(list.StartsWith("ModuleList", StringComparison.Ordinal) ? $$"""blocks = new {{list}}({{create}}, {{create}});""" : $$"""blocks = new[] { {{create}}, {{create}} };""")}}
                    for (var i = 0; i < 2; i++) {{(list.StartsWith("ModuleList", StringComparison.Ordinal) ? ";" : """register_module($"blocks_{i}", blocks[i]);""")}}
                    RegisterComponents();
                }

                public override Tensor forward(Tensor hidden)
                {
                    var outer = hidden.alias();
                    foreach (var block in blocks)
                    {
                        using var before = outer;
                        outer = block.forward(before);
                    }

                    return outer;
                }
            }
        }

        """;
}
