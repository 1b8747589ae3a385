using System.Reflection;
using DiTFastAttn.Generators.Tests.Testing;
using DiTFastAttn.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Generators.Tests.Wrapping;

/// <summary>What attaching a wrapped model refuses, and that it then changes nothing; and what lives on beside the swap.</summary>
public sealed class WrapAttachTests
{
    private const string InField = "Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(Module<Tensor, Tensor>)";

    private static readonly string Blocks = Vendors.Attention("class") + Vendors.Blocks("private readonly Module<Tensor, Tensor> attn", call: "call");

    [Theory]
    [InlineData("Owner = typeof(Vendor.Block), Field = \"attention\", FieldType = typeof(Module<Tensor, Tensor>)", "'attention'")]
    [InlineData("Owner = typeof(Vendor.Block), Field = \"attn\", FieldType = typeof(Module)", "'attn'")]
    public void Private_field_that_is_not_there(string place, string name)
    {
        var (model, _) = WrappedRun.Load(Blocks, Adapters.Open("Module<Tensor, Tensor>", place));

        Refuse<InvalidOperationException>(model)
            .ShouldStartWith($"Vendor.Block has no member {name} as Vendor.Block declares it: name the class that declares the member (a base class has its own), its exact name and its exact type.");
    }

    [Theory]
    [InlineData("[OriginalMember] private partial long Width { get; }", "Vendor.SelfAttention has no member 'Width' as Demo.FastAttention declares it")]
    [InlineData("[OriginalMember] private partial Tensor Modulate(Tensor x);", "Vendor.SelfAttention has no member 'Modulate' as Demo.FastAttention declares it")]
    [InlineData(
        "[OriginalMember(Submodule = \"qkv.norm\")] private partial TorchSharp.Modules.LayerNorm Norm { get; }",
        "Vendor.SelfAttention has no submodule 'qkv.norm': 'norm' is none of (none).")]
    [InlineData(
        "[OriginalMember(Submodule = \"q\")] private partial TorchSharp.Modules.Linear Query { get; }",
        "Vendor.SelfAttention has no submodule 'q': 'q' is none of 'qkv', 'proj'.")]
    [InlineData(
        "[OriginalMember(Submodule = \"qkv\")] private partial TorchSharp.Modules.LayerNorm Norm { get; }",
        "submodule 'qkv' of Vendor.SelfAttention is a TorchSharp.Modules.Linear, not a TorchSharp.Modules.LayerNorm.")]
    public void Member_that_is_not_there(string member, string message)
    {
        var (model, _) = WrappedRun.Load(Blocks, Adapters.Open("Module<Tensor, Tensor>", InField, member));

        Refuse<InvalidOperationException>(model).ShouldStartWith(message);
    }

    [Fact]
    public void Module_that_stands_elsewhere()
    {
        var (model, _) = WrappedRun.Load(Blocks, Adapters.Open("Module<Tensor, Tensor>"));

        Refuse<ArgumentException>(model).ShouldStartWith(
            "module 'blocks.0.attn' is a Vendor.SelfAttention, which [WrapAttention] names, and a ModuleList of TorchSharp.torch+nn+Module`2");
    }

    [Fact]
    public void Derived_class_that_nobody_names_is_left_alone()
    {
        var vendor = Vendors.Attention("class") + """
            namespace Vendor { public sealed class Flash(long width, long heads) : SelfAttention(width, heads); }
            """ + Vendors.Blocks("private readonly SelfAttention attn", create: "new Flash(8, 2)");
        var (model, _) = WrappedRun.Load(vendor, Adapters.Open("Vendor.SelfAttention", "Owner = typeof(Vendor.Block), Field = \"attn\""));

        Refuse<ArgumentException>(model).ShouldContain(
            "module 'blocks.0.attn' is a Vendor.Flash, which derives from Vendor.SelfAttention: with IncludeDerived = true Demo.FastAttention stands for it too.");
    }

    [Fact]
    public void Two_adapters_for_one_module()
    {
        var second = Adapters.Open("Module<Tensor, Tensor>", InField.Replace("\"attn\"", "\"again\"", StringComparison.Ordinal))
            .Replace("FastAttention", "FasterAttention", StringComparison.Ordinal);
        var vendor = Blocks.Replace(
            "public Block() : base(\"Block\") => RegisterComponents();",
            "private readonly Module<Tensor, Tensor> again; public Block() : base(\"Block\") { again = attn; register_module(\"attn\", attn); RegisterComponents(); }",
            StringComparison.Ordinal);
        var (model, _) = WrappedRun.Load(vendor, Adapters.Open("Module<Tensor, Tensor>", InField), second);

        Refuse<InvalidOperationException>(model).ShouldStartWith("module 'blocks.0.again' is named by two [WrapAttention], for Demo.FastAttention and for Demo.FasterAttention");
    }

    [Fact]
    public void One_module_in_two_fields_is_one_site()
    {
        var vendor = Vendors.Attention() + """
            namespace Vendor
            {
                public sealed class Block : Module<Tensor, Tensor>
                {
                    private readonly Module<Tensor, Tensor> attn, same;
                    public Block() : base("Block") { attn = same = new SelfAttention(8, 2); RegisterComponents(); }
                    public override Tensor forward(Tensor hidden) => hidden + (hidden.size(1) > 3 ? same : attn).forward(hidden);
                }
            }
            """ + Vendors.Model("ModuleList<Block>", "new Block()");
        var program = "[assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.FastAttention), Owner = typeof(Vendor.Block), Field = \"same\", FieldType = typeof(Module<Tensor, Tensor>))]\n"
            + Adapters.Open("Module<Tensor, Tensor>", InField);
        var (model, _) = WrappedRun.Load(vendor, program);
        using var owned = model;
        var kernel = new CountingKernel();
        using var attached = AttachedModel.Attach(model, new TestCatalog(), kernel, AttentionWindow.Paper);

        attached.Sites.Select(site => site.Name).ShouldBe(["blocks.0.attn", "blocks.1.attn"]);
        foreach (var tokens in new[] { 2, 5 })
        {
            using var input = Tensors.Tokens(1, tokens, seed: 1);
            model.forward(input).Dispose();
        }

        kernel.Calls.ShouldBe(4);
    }

    [Fact]
    public void Hooks_on_the_original_run_where_the_adapter_is_called()
    {
        var (model, _) = WrappedRun.Load(Blocks, Adapters.Open("Module<Tensor, Tensor>", InField));
        using var owned = model;
        var attention = (nn.Module<Tensor, Tensor>)model.named_modules().Single(module => module.name == "blocks.0.attn").module;
        var calls = 0;
        attention.register_forward_hook((_, _, output) =>
        {
            calls++;
            return output;
        });
        using var tokens = Tensors.Tokens(1, 5, seed: 1);
        using var attached = AttachedModel.Attach(model, new TestCatalog(), new TorchKernel(), AttentionWindow.Paper);

        model.forward(tokens).Dispose();

        calls.ShouldBe(1);
    }

    [Fact]
    public void Adapter_has_the_parameters_and_the_name_of_its_original()
    {
        var (model, _) = WrappedRun.Load(Blocks, Adapters.Open("Module<Tensor, Tensor>", InField));
        using var owned = model;
        var block = model.named_modules().Single(module => module.name == "blocks.0").module;
        var field = block.GetType().GetField("attn", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var original = (nn.Module)field.GetValue(block)!;
        using var attached = AttachedModel.Attach(model, new TestCatalog(), new TorchKernel(), AttentionWindow.Paper);

        var adapter = (nn.Module)field.GetValue(block)!;

        adapter.ShouldNotBeSameAs(original);
        adapter.GetName().ShouldBe("SelfAttention");
        adapter.named_parameters().Select(p => (p.name, p.parameter.Handle)).ShouldBe(original.named_parameters().Select(p => (p.name, p.parameter.Handle)));
        adapter.train(false);
        original.training.ShouldBeFalse();
        adapter.training.ShouldBeFalse();
    }

    [Fact]
    public void Disposing_the_model_first_frees_the_original_and_the_attachment_ends_after_it()
    {
        // The vendor's block disposes what its field holds, which is the adapter then.
        var vendor = Blocks.Replace(
            "public Block() : base(\"Block\") => RegisterComponents();",
            "public Block() : base(\"Block\") => RegisterComponents(); protected override void Dispose(bool disposing) { if (disposing) attn.Dispose(); base.Dispose(disposing); }",
            StringComparison.Ordinal);
        var (model, _) = WrappedRun.Load(vendor, Adapters.Open("Module<Tensor, Tensor>", InField));
        var parameters = model.parameters().ToList();
        var attached = AttachedModel.Attach(model, new TestCatalog(), new TorchKernel(), AttentionWindow.Paper);

        model.Dispose();
        attached.Dispose();
        attached.Dispose();

        parameters.ShouldNotBeEmpty();
        parameters.ShouldAllBe(parameter => parameter.IsInvalid);
    }

    [Fact]
    public void Detaching_while_a_run_is_open_is_refused_and_changes_nothing()
    {
        var (model, _) = WrappedRun.Load(Blocks, Adapters.Open("Module<Tensor, Tensor>", InField));
        using var owned = model;
        var kernel = new CountingKernel();
        var attached = AttachedModel.Attach(model, new TestCatalog(), kernel, AttentionWindow.Paper);
        using (attached.BeginRun(AttentionPlan.AllFull(attached, Guidance.None, 1), new RunRequest(1, Guidance.None)))
        {
            Should.Throw<InvalidOperationException>(attached.Dispose);
        }

        using var tokens = Tensors.Tokens(1, 5, seed: 1);
        model.forward(tokens).Dispose();
        kernel.Calls.ShouldBe(2);
        attached.Dispose();
        model.forward(tokens).Dispose();
        kernel.Calls.ShouldBe(2);
    }

    [Fact]
    public void Runs_on_one_wrapped_model_at_a_time_are_as_those_one_after_the_other()
    {
        const int Runs = 8;
        var (model, _) = WrappedRun.Load(Blocks, Adapters.Open("Module<Tensor, Tensor>", InField));
        using var owned = model;
        using var attached = AttachedModel.Attach(model, new TestCatalog(), new TorchKernel(), AttentionWindow.Paper);
        var plan = AttentionPlan.OfSteps(attached, Guidance.None, ["full", "residual", "output"]);
        var inTurn = Enumerable.Range(0, Runs).Select(Generate).ToList();
        var together = new float[Runs][];
        var threads = Enumerable.Range(0, Runs).Select(i => new Thread(() => together[i] = Generate(i))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        together.ShouldBe(inTurn);

        float[] Generate(int seed)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            using var run = attached.BeginRun(plan, new RunRequest(3, Guidance.None));
            var tokens = Tensors.Tokens(1, 5, seed);
            for (var step = 0; step < 3; step++)
            {
                using (run.Step())
                {
                    tokens = model.forward(tokens);
                }
            }

            return tokens.Values();
        }
    }

    [Fact]
    public void Unlisted_wrappings_are_not_used()
    {
        var (model, _) = WrappedRun.Load(Blocks, Adapters.Open("Module<Tensor, Tensor>", InField));
        using var owned = model;

        Should.Throw<ArgumentException>(() => AttachedModel.Attach(model, new TestCatalog(), new TorchKernel(), AttentionWindow.Paper, wrappings: []))
            .Message.ShouldStartWith("model 'Model' has no attention site");
    }

    /// <summary>Attaches, which is to fail, and checks that the model computes as before and can be attached by nobody's leftovers.</summary>
    private static string Refuse<TException>(nn.Module<Tensor, Tensor> model)
        where TException : Exception
    {
        using var owned = model;
        using var tokens = Tensors.Tokens(1, 5, seed: 1);
        using var before = model.forward(tokens);
        var kernel = new CountingKernel();

        var message = Should.Throw<TException>(() => AttachedModel.Attach(model, new TestCatalog(), kernel, AttentionWindow.Paper)).Message;

        using var after = model.forward(tokens);
        after.Values().ShouldBe(before.Values());
        kernel.Calls.ShouldBe(0);
        return message;
    }
}
