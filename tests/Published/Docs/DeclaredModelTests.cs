using System.Reflection;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Published.Tests.Docs;

/// <summary>The models of <c>docs/declare-a-model.md</c> run: attached they compute what they compute alone, for the whole batch and for one guidance half.</summary>
public sealed class DeclaredModelTests
{
    private const long Width = 16;

    private static readonly Lazy<Assembly> Program = new(() => PageProject.Compile(new MarkdownPage("docs/declare-a-model.md")).Load());

    [Theory]
    [InlineData("SelfAttention", "attention")]
    [InlineData("RotaryAttention", "attn")]
    [InlineData("CrossAttention", "cross")]
    [InlineData("JointAttention", "attn")]
    [InlineData("VideoBlock", "spatial temporal")]
    [InlineData("GroupedCausalAttention", "attention")]
    [InlineData("Blocks`1+Block", "attn again")]
    [InlineData("Denoiser", "blocks.0 blocks.1 blocks.2")]
    public void Model_computes_the_same_attached(string name, string sites)
    {
        manual_seed(1);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Make(name);
        Tensor[] inputs = [.. InputsOf(name).Select(half => cat([half, half], 0)), .. SharedInputsOf(name)]; // both guidance halves alike
        var alone = Forward(model, inputs);

        using var attached = AttachedModel.Attach(model, new ProcessorCatalog(), AttentionKernels.Torch, AttentionWindow.Paper);
        attached.Sites.Select(site => site.Name).ShouldBe(sites.Split(' '));
        using var run = attached.BeginRun(AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, ["full", "asc", "ast"]), new RunRequest(3, Guidance.ConditionalFirst));
        for (var step = 0; step < 3; step++)
        {
            using (run.Step())
            {
                Forward(model, inputs).Select((output, i) => output.allclose(alone[i], rtol: 1e-4, atol: 1e-5)).ShouldAllBe(same => same, $"step {step}");
            }
        }
    }

    private static nn.Module Make(string name)
    {
        object[] arguments = name switch
        {
            "VideoBlock" => [Width, 2L, 2, 3],
            "GroupedCausalAttention" => [Width, 4L, 2L],
            "Blocks`1+Block" => [nn.LayerNorm(Width), Width],
            "Denoiser" => [3, Width, 2L],
            _ => [Width, 2L],
        };
        var type = Program.Value.GetType(name)!;
        return (nn.Module)Activator.CreateInstance(type.IsGenericTypeDefinition ? type.MakeGenericType(typeof(TorchSharp.Modules.LayerNorm)) : type, arguments)!;
    }

    private static Tensor[] InputsOf(string name)
        => name switch
        {
            "VideoBlock" => [randn(1, 4, 6, Width)],
            "CrossAttention" => [randn(1, 7, Width), randn(1, 3, Width), tensor(new[] { true, true, false }).view(1, 3)],
            "JointAttention" => [randn(1, 7, Width), randn(1, 3, Width)],
            _ => [randn(1, 7, Width)],
        };

    private static Tensor[] SharedInputsOf(string name) => name == "RotaryAttention" ? [randn(7, 8), randn(7, 8)] : [];

    private static Tensor[] Forward(nn.Module model, Tensor[] inputs)
        => model.GetType().GetMethod(model.GetType().GetMethod("ForwardTwice") is null ? "forward" : "ForwardTwice", [.. inputs.Select(input => typeof(Tensor))])!.Invoke(model, [.. inputs]) switch
        {
            Tensor output => [output],
            ValueTuple<Tensor, Tensor> outputs => [outputs.Item1, outputs.Item2],
            var other => throw new InvalidOperationException($"{model.GetName()} returns {other}"),
        };
}
