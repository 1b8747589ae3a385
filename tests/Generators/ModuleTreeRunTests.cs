using System.Reflection;
using DiTFastAttn.Generators.Tests.Testing;
using DiTFastAttn.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Generators.Tests;

/// <summary>
/// Sites wherever modules stand: in lists, dictionaries, sequences and fields, generic, nested, inherited and abstract. Each program is
/// compiled, loaded and run beside the same computation written by hand, and its sites are named by their paths in forward order.
/// </summary>
public sealed class ModuleTreeRunTests
{
    /// <summary>A base class with projections of two heads and what a site is to compute, without a site.</summary>
    private const string Projections = """
        namespace Demo
        {
            public abstract class Projections : Module<Tensor, Tensor>
            {
                private readonly TorchSharp.Modules.Linear qkv = Linear(8, 24);
                private readonly TorchSharp.Modules.Linear proj = Linear(8, 8);

                protected Projections(string name) : base(name) => RegisterComponents();

                protected AttentionInput ProjectQkv(Tensor hidden)
                {
                    using var packed = qkv.forward(hidden);
                    using var split = packed.view(hidden.shape[0], hidden.shape[1], 3, 2, 4);
                    using var permuted = split.permute(2, 0, 3, 1, 4);
                    return new(permuted.select(0, 0), permuted.select(0, 1), permuted.select(0, 2));
                }

                protected Tensor ProjectOut(Tensor attended)
                {
                    using var swapped = attended.transpose(1, 2);
                    using var joined = swapped.reshape(swapped.shape[0], swapped.shape[1], 8);
                    return proj.forward(joined);
                }

                protected Tensor PlainAttend(Tensor hidden)
                {
                    using var input = ProjectQkv(hidden);
                    using var attended = functional.scaled_dot_product_attention(input.Query, input.Key, input.Value);
                    return ProjectOut(attended);
                }

                public virtual Tensor ByHand(Tensor hidden) => PlainAttend(hidden);

                public static Tensor Chain(Tensor input, System.Collections.Generic.IEnumerable<Func<Tensor, Tensor>> layers)
                {
                    var hidden = input.alias();
                    foreach (var layer in layers)
                    {
                        using var before = hidden;
                        hidden = layer(before);
                    }

                    return hidden;
                }
            }
        }
        """;

    private const string Site = "[AttentionSite(\"attn\", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]";

    [Fact]
    public void In_a_list() => Check($$"""
        public sealed partial class Block() : Projections("Block")
        {
            {{Site}}
            public override partial Tensor forward(Tensor input);
        }

        public sealed class Model : Module<Tensor, Tensor>
        {
            private readonly TorchSharp.Modules.ModuleList<Block> blocks = new(new Block(), new Block(), new Block());

            public Model() : base("Model") => RegisterComponents();

            public override Tensor forward(Tensor input) => Projections.Chain(input, blocks.Select(block => (Func<Tensor, Tensor>)block.forward));

            public Tensor ByHand(Tensor input) => Projections.Chain(input, blocks.Select(block => (Func<Tensor, Tensor>)block.ByHand));
        }
        """, "blocks.0.attn", "blocks.1.attn", "blocks.2.attn");

    [Fact]
    public void In_a_dictionary_a_sequence_and_fields() => Check($$"""
        public sealed partial class Block() : Projections("Block")
        {
            {{Site}}
            public override partial Tensor forward(Tensor input);
        }

        public sealed class Shell : Module<Tensor, Tensor>
        {
            private readonly Block inner = new();

            public Shell() : base("Shell") => RegisterComponents();

            public override Tensor forward(Tensor input) => inner.forward(input);

            public Tensor ByHand(Tensor input) => inner.ByHand(input);
        }

        public sealed class Model : Module<Tensor, Tensor>
        {
            private readonly Shell first = new();
            private readonly TorchSharp.Modules.ModuleDict<Block> named = new();
            private readonly TorchSharp.Modules.Sequential row;
            private readonly Block one = new(), two = new();

            public Model() : base("Model")
            {
                named.Add(("b", new Block()));
                named.Add(("a", new Block()));
                row = Sequential(("x", one), ("y", two));
                RegisterComponents();
            }

            public override Tensor forward(Tensor input) => Projections.Chain(input, [first.forward, named["b"].forward, named["a"].forward, row.forward]);

            public Tensor ByHand(Tensor input) => Projections.Chain(input, [first.ByHand, named["b"].ByHand, named["a"].ByHand, one.ByHand, two.ByHand]);
        }
        """, "first.inner.attn", "named.b.attn", "named.a.attn", "row.x.attn", "row.y.attn");

    [Fact]
    public void Generic_and_nested() => Check($$"""
        public partial class Outer<T> where T : new()
        {
            private static readonly T Shared = new();

            public sealed partial class Block<U>() : Projections(typeof(U).Name) where U : struct
            {
                {{Site}}
                public override partial Tensor forward(Tensor input);

                {{Site.Replace("attn", "more", StringComparison.Ordinal)}}
                public partial Tensor AttendMore(Tensor hidden);
            }

            private sealed partial class Hidden() : Projections("Hidden")
            {
                {{Site}}
                public override partial Tensor forward(Tensor input);
            }

            public static Projections MakeHidden() => new Hidden();
        }

        public sealed class Model : Module<Tensor, Tensor>
        {
            private readonly Outer<object>.Block<int> ints = new();
            private readonly Outer<Guid>.Block<long> longs = new();
            private readonly Projections hidden = Outer<object>.MakeHidden();

            public Model() : base("Model") => RegisterComponents();

            public override Tensor forward(Tensor input)
                => Projections.Chain(input, [ints.forward, ints.AttendMore, longs.forward, longs.AttendMore, hidden.forward]);

            public Tensor ByHand(Tensor input) => Projections.Chain(input, [ints.ByHand, ints.ByHand, longs.ByHand, longs.ByHand, hidden.ByHand]);
        }
        """, "ints.attn", "ints.more", "longs.attn", "longs.more", "hidden.attn");

    [Fact]
    public void Inherited_from_an_abstract_class_whose_projections_differ() => Check($$"""
        public abstract partial class Block : Projections
        {
            protected Block(string name) : base(name) { }

            [AttentionSite("attn", Project = nameof(Project), Output = nameof(Output), Heads = nameof(Heads))]
            public override partial Tensor forward(Tensor input);

            protected abstract AttentionInput Project(Tensor hidden);

            protected virtual Tensor Output(Tensor attended) => ProjectOut(attended);

            protected virtual long Heads => 2;

            public override Tensor ByHand(Tensor hidden)
            {
                using var input = Project(hidden);
                using var attended = functional.scaled_dot_product_attention(input.Query, input.Key, input.Value);
                return Output(attended);
            }
        }

        public class Normal() : Block("Normal")
        {
            protected override AttentionInput Project(Tensor hidden) => ProjectQkv(hidden);
        }

        // Derived without a site of its own, in one class and in the one below it.
        public sealed class Louder() : Normal
        {
            protected override Tensor Output(Tensor attended)
            {
                using var tokens = base.Output(attended);
                return tokens * 2;
            }
        }

        public sealed partial class Twice() : Block("Twice")
        {
            protected override AttentionInput Project(Tensor hidden)
            {
                using var doubled = hidden * 2;
                return ProjectQkv(doubled);
            }

            {{Site.Replace("attn", "again", StringComparison.Ordinal)}}
            public partial Tensor AttendAgain(Tensor hidden);

            public Tensor AgainByHand(Tensor hidden) => PlainAttend(hidden);
        }

        public sealed class Model : Module<Tensor, Tensor>
        {
            private readonly Twice twice = new();
            private readonly TorchSharp.Modules.ModuleList<Block> blocks;

            public Model() : base("Model")
            {
                blocks = new(new Normal(), new Louder(), new Twice());
                RegisterComponents();
            }

            public override Tensor forward(Tensor input) => Projections.Chain(
                input, [twice.forward, twice.AttendAgain, .. blocks.Select(block => (Func<Tensor, Tensor>)block.forward), ((Twice)blocks[2]).AttendAgain]);

            public Tensor ByHand(Tensor input) => Projections.Chain(
                input, [twice.ByHand, twice.AgainByHand, .. blocks.Select(block => (Func<Tensor, Tensor>)block.ByHand), ((Twice)blocks[2]).AgainByHand]);
        }
        """, "twice.attn", "twice.again", "blocks.0.attn", "blocks.1.attn", "blocks.2.attn", "blocks.2.again");

    [Fact]
    public void Below_a_module_that_is_a_site_itself() => Check($$"""
        public sealed partial class Inner() : Projections("Inner")
        {
            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            public override partial Tensor forward(Tensor input);
        }

        public sealed partial class Model : Projections
        {
            private readonly Inner inner = new();

            public Model() : base("Model") => RegisterComponents();

            public override Tensor forward(Tensor input) => Chain(input, [AttendFirst, inner.forward]);

            public override Tensor ByHand(Tensor input) => Chain(input, [PlainAttend, inner.ByHand]);

            [AttentionSite("first", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor AttendFirst(Tensor hidden);
        }
        """, "first", "inner");

    private static void Check(string types, params string[] sites)
    {
        var generation = Generation.Of("using System.Linq;\n" + Projections + "\nnamespace Demo\n{\n" + types + "\n}\n");
        generation.Result.Diagnostics.ShouldBeEmpty();
        var program = generation.Load();
        using var model = (nn.Module<Tensor, Tensor>)Activator.CreateInstance(program.GetType("Demo.Model")!)!;
        var byHand = model.GetType().GetMethod("ByHand", BindingFlags.Instance | BindingFlags.Public)!.CreateDelegate<Func<Tensor, Tensor>>(model);
        using var tokens = Tensors.Tokens(2, 5, seed: 1);
        using var computed = byHand(tokens);
        var expected = computed.Values();
        var keys = model.state_dict().Keys.ToList();
        expected.ShouldAllBe(value => float.IsFinite(value));
        CheckForward();

        // Twice: what is connected is disconnected again.
        for (var time = 0; time < 2; time++)
        {
            using (var attached = AttachedModel.Attach(model, new TestCatalog(), new TorchKernel(), AttentionWindow.Paper))
            {
                attached.Sites.Select(site => site.Name).ShouldBe(sites);
                model.state_dict().Keys.ShouldBe(keys);
                CheckForward();
                using var run = attached.BeginRun(AttentionPlan.AllFull(attached, Guidance.None, 2), new RunRequest(2, Guidance.None));
                for (var step = 0; step < 2; step++)
                {
                    using (run.Step())
                    {
                        CheckForward();
                    }
                }
            }

            CheckForward();
        }

        void CheckForward()
        {
            using var output = model.forward(tokens);
            output.Values().ShouldBe(expected);
        }
    }
}
