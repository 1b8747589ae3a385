using System.CommandLine;
using DiTFastAttn.Cli.Drawing;
using DiTFastAttn.Models;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;

namespace DiTFastAttn.Cli.Plans;

/// <summary><c>plan convert</c>: makes a plan of ours of one of the authors' code or of xDiT.</summary>
internal sealed class PlanConvertVerb : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "A plan of the authors' code (a file of torch.save named .json) or of xDiT (JSON)." };

    private readonly Option<string?> _target = ValueOption.Text(["--out"], "FILE", "The plan to write.");

    private readonly Option<string?> _model = ValueOption.Text(
        ["--model"], "demo|FILE", "The model whose sites the blocks are: a DiT checkpoint (.safetensors with its config), or the embedded one. Without it they are called what diffusers calls them.");

    public PlanConvertVerb()
        : base("convert", "Read a plan of the authors' code or of xDiT and write it as one of ours.")
    {
        Add(_file);
        Add(_target);
        Add(_model);
        Add(GuidanceOption.Option);
        Add(CommonOptions.WindowSize);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var file = call.Get(_file)!;
        var target = call.Get(_target) ?? throw new UserErrorException("--out: give the file to write the plan to.");
        OutputPath.CheckFile("--out", target);
        var authors = PlanInput.LoadAuthors(file)
            ?? throw new UserErrorException($"plan '{file}': is neither a plan of the authors' code (a list of blocks, of torch.save or JSON) nor one of xDiT (block0, block1, …).");
        var guidance = call.Get(GuidanceOption.Option) ?? Guidance.ConditionalFirst;
        var window = call.Get(CommonOptions.WindowSize) is { } tokens ? AttentionWindow.Tokens(tokens) : AttentionWindow.Paper;
        var plan = call.Get(_model) is { } model ? For(model, authors, guidance, window) : authors.WithoutModel(guidance, window);
        AtomicFile.WriteText(target, PlanFile.Write(plan));
        PlanText.Write(plan, call.Terminal);
        call.Terminal.Line($"written: {target}");
        return ExitStatus.Done;
    }

    private static AttentionPlan For(string model, AuthorsPlan authors, Guidance guidance, AttentionWindow window)
    {
        using var checkpoint = ModelInput.Load(model);
        using var attached = AttachedModel.Attach(checkpoint.Model, new ProcessorCatalog(), AttentionKernels.Default, window, subLayers: authors.HasFeedForwards);
        var request = new RunRequest(authors.Steps, guidance);
        var plan = authors.GetPlan(new PlanRequest(attached, request));
        PlanInput.Check(authors.Name, plan, attached, request);
        return plan;
    }
}
