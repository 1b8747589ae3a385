using DiTFastAttn.Generators.Tests.Testing;
using DiTFastAttn.Processors;
using DiTFastAttn.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Generators.Tests;

/// <summary>
/// Sites with more than their tokens, compiled, loaded and run: the same bits as what is written by hand, and for one guidance half those of
/// the half alone.
/// </summary>
public sealed class ArgumentRunTests
{
    private const string Cross = """
        namespace Demo;

        public sealed partial class Model : Module<Tensor, Tensor, Tensor, Tensor>
        {
            private readonly TorchSharp.Modules.Linear to_q = Linear(8, 8);
            private readonly TorchSharp.Modules.Linear to_kv = Linear(6, 16);
            private readonly TorchSharp.Modules.Linear proj = Linear(8, 8);

            public Model() : base("Model") => RegisterComponents();

            public override Tensor forward(Tensor hidden, Tensor context, Tensor mask) => AttendTo(hidden, context, mask, 2);

            public Tensor ByHand(Tensor hidden, Tensor context, Tensor mask)
            {
                using var input = ProjectCross(hidden, context, mask, 2);
                using var attended = PlainAttention.Compute(input);
                return ProjectOut(attended);
            }

            [AttentionSite("cross", Project = nameof(ProjectCross), Output = nameof(ProjectOut), Kind = SiteKind.CrossAttention)]
            private partial Tensor AttendTo(Tensor hidden, [PerSample] Tensor context, [PerSample] Tensor? mask, long heads);

            private AttentionInput ProjectCross(Tensor hidden, Tensor context, Tensor? mask, long heads)
            {
                using var kv = to_kv.forward(context);
                using var split = kv.view(context.size(0), context.size(1), 2, heads, 8 / heads).permute(2, 0, 3, 1, 4); // [2, B, H, Lk, D]
                return new(Split(to_q.forward(hidden), heads), split.select(0, 0), split.select(0, 1)) { KeyMask = mask?.alias() };
            }

            private static Tensor Split(Tensor x, long heads) => x.view(x.size(0), x.size(1), heads, 8 / heads).transpose(1, 2);

            private Tensor ProjectOut(Tensor attended)
            {
                using var joined = attended.transpose(1, 2).reshape(attended.size(0), attended.size(2), 8);
                return proj.forward(joined);
            }
        }
        """;

    private const string Joint = """
        namespace Demo;

        public sealed partial class Model : Module<Tensor, Tensor, Tensor, Tensor>
        {
            private readonly TorchSharp.Modules.Linear qkv = Linear(8, 24);
            private readonly TorchSharp.Modules.Linear add_qkv = Linear(8, 24);
            private readonly TorchSharp.Modules.Linear proj = Linear(8, 8);
            private readonly TorchSharp.Modules.Linear add_proj = Linear(8, 8);

            public Model() : base("Model") => RegisterComponents();

            public override Tensor forward(Tensor image, Tensor text, Tensor mask)
            {
                var (a, b) = Attend(image, text);
                return torch.cat([b, a], 1);
            }

            public Tensor ByHand(Tensor image, Tensor text, Tensor mask)
            {
                using var input = ProjectBoth(image, text);
                using var attended = PlainAttention.Compute(input);
                var (a, b) = SplitOut(attended, image, text);
                return torch.cat([b, a], 1);
            }

            [AttentionSite(Project = nameof(ProjectBoth), Output = nameof(SplitOut))]
            private partial (Tensor Image, Tensor Text) Attend(Tensor image, Tensor text);

            private AttentionInput ProjectBoth(Tensor image, Tensor text)
            {
                // [B, L, 24] -> [3, B, 2, L, 4]
                using var packed = torch.cat([qkv.forward(image), add_qkv.forward(text)], 1);
                using var split = packed.view(packed.size(0), packed.size(1), 3, 2, 4).permute(2, 0, 3, 1, 4);
                return new(split.select(0, 0), split.select(0, 1), split.select(0, 2)) { Layout = default(TokenLayout).WithText((int)text.size(1), first: false) };
            }

            private (Tensor Image, Tensor Text) SplitOut(Tensor attended, Tensor image, Tensor text)
            {
                using var joined = attended.transpose(1, 2).reshape(attended.size(0), attended.size(2), 8);
                using var first = joined.narrow(1, 0, image.size(1));
                using var second = joined.narrow(1, image.size(1), text.size(1));
                return (proj.forward(first), add_proj.forward(second));
            }
        }
        """;

    [Theory]
    [InlineData(Cross, SiteKind.CrossAttention, 6)]
    [InlineData(Joint, SiteKind.JointAttention, 8)]
    public void Whole_batch_and_one_guidance_half(string source, SiteKind kind, long contextWidth)
    {
        var program = Generation.Of(source).Load();
        using var scope = NewDisposeScope();
        using var model = (nn.Module<Tensor, Tensor, Tensor, Tensor>)Activator.CreateInstance(program.GetType("Demo.Model")!)!;
        var hidden = Tensors.Tokens(4, 5, seed: 1);
        var context = randn([4, 3, contextWidth]);
        var mask = tensor(new[] { true, true, true, true, false, true, true, true, false, false, true, true }).view(4, 3);
        var whole = ByHand(hidden, context, mask);
        var half = ByHand(hidden.narrow(0, 2, 2), context.narrow(0, 2, 2), mask.narrow(0, 2, 2));
        model.forward(hidden, context, mask).Values().ShouldBe(whole);

        using var attached = AttachedModel.Attach(model, new TestCatalog(), new TorchKernel(), AttentionWindow.Paper);
        attached.Sites[0].Kind.ShouldBe(kind);
        model.forward(hidden, context, mask).Values().ShouldBe(whole);
        using var run = attached.BeginTrialRun(Guidance.ConditionalLast);
        using (run.Take(["full"]))
        {
            model.forward(hidden, context, mask).Values().ShouldBe(whole);
        }

        using (run.Try(["half"]))
        {
            float[] both = [.. half, .. half];
            model.forward(hidden, context, mask).Values().ShouldBe(both);
        }

        float[] ByHand(params Tensor[] arguments) => ((Tensor)model.GetType().GetMethod("ByHand")!.Invoke(model, [.. arguments])!).Values();
    }

    [Fact]
    public void A_sub_layer_computes_what_is_written_by_hand_and_can_be_reused()
    {
        var program = Generation.Of("""
            namespace Demo;

            public sealed partial class Model : Module<Tensor, Tensor>
            {
                private readonly TorchSharp.Modules.Linear fc1 = Linear(8, 32);
                private readonly TorchSharp.Modules.Linear fc2 = Linear(32, 8);

                public Model() : base("Model") => RegisterComponents();

                [SubLayerSite("mlp", Compute = nameof(ByHand), Width = nameof(Width), MultiplyAccumulates = nameof(Work))]
                public override partial Tensor forward(Tensor hidden);

                public Tensor ByHand(Tensor hidden)
                {
                    using var inner = fc1.forward(hidden);
                    return fc2.forward(inner);
                }

                private static int Width => 8;

                private static long Work => 2 * 8 * 32;
            }
            """).Load();
        using var scope = NewDisposeScope();
        using var model = (nn.Module<Tensor, Tensor>)Activator.CreateInstance(program.GetType("Demo.Model")!)!;
        var (one, other) = (Tensors.Tokens(4, 5, seed: 1), Tensors.Tokens(4, 5, seed: 2));
        var (ofOne, ofOther) = (ByHand(one), ByHand(other));
        model.forward(one).Values().ShouldBe(ofOne);
        Should.Throw<ArgumentException>(() => AttachedModel.Attach(model, new ProcessorCatalog(), new TorchKernel(), AttentionWindow.Paper)).Message.ShouldContain("has no attention site");

        using var attached = AttachedModel.Attach(model, new ProcessorCatalog(), new TorchKernel(), AttentionWindow.Paper, subLayers: true);
        var site = attached.Sites.Single().ShouldBeAssignableTo<SubLayerSite>()!;
        (site.Name, site.Kind, site.Heads, site.HeadWidth, site.MultiplyAccumulates).ShouldBe(("mlp", SiteKind.SubLayer, 1L, 8L, 512L));
        model.forward(other).Values().ShouldBe(ofOther);
        using var run = attached.BeginTrialRun(Guidance.ConditionalLast);
        using (run.Take(["full"]))
        {
            model.forward(one).Values().ShouldBe(ofOne);
        }

        using (run.Take(["ast"]))
        {
            model.forward(other).Values().ShouldBe(ofOne);
        }

        float[] ByHand(Tensor hidden) => ((Tensor)model.GetType().GetMethod("ByHand")!.Invoke(model, [hidden])!).Values();
    }

    [Fact]
    public void Argument_that_is_not_per_sample_is_named()
    {
        var program = Generation.Of(Cross).Load();
        using var scope = NewDisposeScope();
        using var model = (nn.Module<Tensor, Tensor, Tensor, Tensor>)Activator.CreateInstance(program.GetType("Demo.Model")!)!;
        using var attached = AttachedModel.Attach(model, new TestCatalog(), new TorchKernel(), AttentionWindow.Paper);
        using var run = attached.BeginTrialRun(Guidance.ConditionalLast);
        using (run.Try(["half"]))
        {
            Should.Throw<ArgumentException>(() => model.forward(randn([4, 5, 8]), randn([1, 3, 6]), ones([4, 3], ScalarType.Bool)))
                .Message.ShouldStartWith("arguments.context is marked [PerSample] and is [1, 3, 6]: its first dimension has to be the batch of 4");
        }
    }
}
