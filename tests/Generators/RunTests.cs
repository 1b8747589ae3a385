using System.Reflection;
using DiTFastAttn.Generators.Tests.Testing;
using DiTFastAttn.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Generators.Tests;

/// <summary>
/// Generated programs are compiled, loaded and run: unattached, attached outside a run, and in a run of <c>full</c> they
/// compute the same bits as what is written by hand beside them.
/// </summary>
public sealed class RunTests
{
    /// <summary>Projections of two heads, and a method <c>ByHand</c> with what a site is to compute.</summary>
    private const string Projections = """
            private readonly TorchSharp.Modules.Linear qkv = Linear(8, 24);
            private readonly TorchSharp.Modules.Linear proj = Linear(8, 8);

            public AttentionInput ProjectQkv(Tensor hidden)
            {
                using var packed = qkv.forward(hidden);
                using var split = packed.view(hidden.shape[0], hidden.shape[1], 3, 2, 4);
                using var permuted = split.permute(2, 0, 3, 1, 4);
                return new(permuted.select(0, 0), permuted.select(0, 1), permuted.select(0, 2));
            }

            public Tensor ProjectOut(Tensor attended)
            {
                using var swapped = attended.transpose(1, 2);
                using var joined = swapped.reshape(swapped.shape[0], swapped.shape[1], 8);
                return proj.forward(joined);
            }

            public Tensor AttendByHand(Tensor hidden)
            {
                using var input = ProjectQkv(hidden);
                using var attended = functional.scaled_dot_product_attention(input.Query, input.Key, input.Value);
                return ProjectOut(attended);
            }
        """;

    [Fact]
    public void One_site() => Check($$"""
        namespace Demo;

        public sealed partial class Model : Module<Tensor, Tensor>
        {
            public Model() : base("Model") => RegisterComponents();

            public override Tensor forward(Tensor input) => Attend(input);

            public Tensor ByHand(Tensor input) => AttendByHand(input);

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Heads), HeadWidth = nameof(_width))]
            private partial Tensor Attend(Tensor hidden);

            private static int Heads => 2;
            private readonly long _width = 4;

        {{Projections}}
        }
        """, [new("attn", 2, 4)]);

    [Fact]
    public void Forward_itself() => Check($$"""
        namespace Demo;

        public sealed partial class Model : Module<Tensor, Tensor>
        {
            public Model() : base("Model") => RegisterComponents();

            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            public override partial Tensor forward(Tensor input);

            public Tensor ByHand(Tensor input) => AttendByHand(input);

        {{Projections}}
        }
        """, [new("attention", 0, 0)]);

    [Fact]
    public void Several_sites_in_base_and_derived_class() => Check($$"""
        namespace Demo;

        public abstract partial class Base() : Module<Tensor, Tensor>("Model")
        {
            [AttentionSite("one", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            protected partial Tensor AttendOnce(Tensor hidden);

            [AttentionSite("two", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            protected partial Tensor AttendTwice(Tensor hidden);

        {{Projections}}
        }

        public abstract class Between : Base;

        public partial class Model : Between
        {
            private const int Heads = 2;

            public Model() => RegisterComponents();

            [AttentionSite("three", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Heads))]
            private partial Tensor AttendThrice(Tensor hidden);

            [AttentionSite("four", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor AttendAgain(Tensor hidden);

            public override Tensor forward(Tensor input) => Chain(input, AttendOnce, AttendTwice, AttendThrice, AttendAgain);

            public Tensor ByHand(Tensor input) => Chain(input, AttendByHand, AttendByHand, AttendByHand, AttendByHand);

            private static Tensor Chain(Tensor input, params Func<Tensor, Tensor>[] layers)
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
        """, [new("one", 0, 0), new("two", 0, 0), new("three", 2, 0), new("four", 0, 0)]);

    [Fact]
    public void Base_class_in_a_compiled_assembly()
    {
        var library = Generation.Of(Generation.Compile($$"""
            namespace Vendor;

            public abstract partial class Base<T>() : Module<Tensor, Tensor>("Model")
            {
                [AttentionSite("one", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
                protected partial Tensor AttendOnce(Tensor hidden);

            {{Projections}}
            }
            """).WithAssemblyName("Vendor"));
        var program = Generation.Of(Generation.Compile("""
            namespace Demo;

            public sealed partial class Model : Vendor.Base<int>
            {
                public Model() => RegisterComponents();

                [AttentionSite("two", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
                private partial Tensor AttendTwice(Tensor hidden);

                public override Tensor forward(Tensor input)
                {
                    using var hidden = AttendOnce(input);
                    return AttendTwice(hidden);
                }

                public Tensor ByHand(Tensor input)
                {
                    using var hidden = AttendByHand(input);
                    return AttendByHand(hidden);
                }
            }
            """).AddReferences(library.ToReference()));

        Check(program.Load(library), [new("one", 0, 0), new("two", 0, 0)]);
    }

    [Fact]
    public void Nested_in_generic_types() => Check($$"""
        namespace Demo;

        public partial class Outer<T>
        {
            public partial class Attention<@int> : Module<Tensor, Tensor>
            {
                public Attention() : base("Model") => RegisterComponents();

                [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Heads))]
                public override partial Tensor forward(Tensor attended);

                public Tensor ByHand(Tensor input) => AttendByHand(input);

                protected static long Heads => 2;

            {{Projections}}
            }
        }

        public sealed class Model : Outer<string>.Attention<Model>;
        """, [new("attention", 2, 0)]);

    [Fact]
    public void Faulty_site_throws_its_diagnostic()
    {
        // Only to see what runs where the error is ignored: the compiler stops at it.
        var generation = Generation.Of(Sources.Module("""
            [AttentionSite("attn", Project = "Nobody", Output = nameof(ProjectOut))]
            public partial Tensor Attend(Tensor hidden);
            """));
        generation.Ids.ShouldBe(["DFA0006"]);
        var model = Activator.CreateInstance(generation.Load().GetType("Demo.SelfAttention")!)!;

        Should.Throw<TargetInvocationException>(() => model.GetType().GetMethod("Attend")!.Invoke(model, [null]))
            .InnerException.ShouldBeOfType<InvalidOperationException>().Message
            .ShouldBe("'SelfAttention.Attend' is no attention site: DFA0006.");
    }

    private static void Check(string source, SiteFingerprint[] sites) => Check(Generation.Of(source).Load(), sites);

    private static void Check(Assembly program, SiteFingerprint[] sites)
    {
        using var model = (nn.Module<Tensor, Tensor>)Activator.CreateInstance(program.GetType("Demo.Model")!)!;
        using var tokens = Tensors.Tokens(2, 5, seed: 1);
        using var byHand = (Tensor)model.GetType().GetMethod("ByHand")!.Invoke(model, [tokens])!;
        var expected = byHand.Values();
        var keys = model.state_dict().Keys.ToList();
        keys.ShouldBe(["qkv.weight", "qkv.bias", "proj.weight", "proj.bias"]);
        CheckForward();

        using (var attached = AttachedModel.Attach(model, new TestCatalog(), new TorchKernel(), AttentionWindow.Paper))
        {
            attached.Fingerprint.Sites.ShouldBe(sites);
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

        void CheckForward()
        {
            using var output = model.forward(tokens);
            output.Values().ShouldBe(expected);
        }
    }
}
