using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;

namespace DiTFastAttn.Cli.Tests.Plans;

/// <summary>Plans of the authors' code and of xDiT, in files that the tests write as those programs do.</summary>
public sealed class PlanConvertTests : IDisposable
{
    // The demo's six blocks.
    private static readonly string[][] Methods =
    [
        ["full_attn", "residual_window_attn", "output_share", "full_attn+cfg_attn_share"],
        ["full_attn", "residual_window_attn+cfg_attn_share", "residual_window_attn", "output_share"],
        ["full_attn", "residual_window_attn+without_residual", "residual_window_attn+cfg_attn_share+without_residual", "full_attn"],
        ["full_attn", "output_share", "output_share", "output_share"],
        ["full_attn", "full_attn", "full_attn", "residual_window_attn"],
        ["full_attn", "full_attn+cfg_attn_share", "residual_window_attn+cfg_attn_share", "full_attn"],
    ];

    private static readonly string[] Rows =
    [
        "full full full full full full",
        "wars wars+asc wa ast full asc",
        "ast wars wa+asc ast full wars+asc",
        "asc ast full ast wars full",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("zip")]
    [InlineData("legacy")]
    [InlineData("json")]
    public void The_authors_plan_becomes_ours(string format)
    {
        var file = WriteAuthors(format, Methods.Select(methods => Block(methods)));

        var result = Ditfast.Run("plan", "convert", file, "--out", _folder["a.plan.json"], "--model", "demo", "--window-size", "31");

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        var plan = PlanFile.Load(_folder["a.plan.json"]);
        plan.Rows.Select(row => string.Join(' ', row)).ShouldBe(Rows);
        plan.Window.ShouldBe(AttentionWindow.Tokens(31));
        plan.Guidance.ShouldBe(Guidance.ConditionalFirst);
        plan.Origin.ShouldBe(new PlanOrigin("converted") { Note = "from authors.json" });
        Ditfast.Run("plan", "check", _folder["a.plan.json"], "--model", "demo").Status.ShouldBe(ExitStatus.Done);
    }

    [Fact]
    public void Every_site_is_dispatched_as_the_file_says()
    {
        // What the converted file says and what a run gets that names the authors' file itself.
        var file = WriteAuthors("zip", Methods.Select(methods => Block(methods)));
        using var checkpoint = ModelInput.Load(ModelInput.Demo, inputSize: 8);
        using var attached = AttachedModel.Attach(checkpoint.Model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        var request = new RunRequest(4, Guidance.ConditionalFirst);

        var given = GivenPlan.Of("--plan", file).For(attached, request);

        Ditfast.Run("plan", "convert", file, "--out", _folder["a.plan.json"], "--model", "demo").Status.ShouldBe(ExitStatus.Done);
        var converted = PlanFile.Load(_folder["a.plan.json"]);
        given.Model.Sites.ShouldBe(converted.Model.Sites);
        given.Rows.ShouldBe(converted.Rows);
        using var run = attached.BeginRun(converted, request);
        run.Plan.Rows.Select(row => string.Join(' ', row)).ShouldBe(Rows);
    }

    [Fact]
    public void The_plan_of_xDiT_becomes_ours()
    {
        string[] names = ["FULL_ATTN", "RESIDUAL_WINDOW_ATTN", "OUTPUT_SHARE", "FULL_ATTN_CFG_SHARE", "RESIDUAL_WINDOW_ATTN_CFG_SHARE"];
        var steps = string.Join(", ", names.Select((name, step) => $"\"step{step}\": \"{name}\""));
        var file = _folder.Write("xdit.json", $$"""{ {{string.Join(", ", Enumerable.Range(0, 6).Select(block => $"\"block{block}\": {{ {steps} }}"))}} }""");

        var result = Ditfast.Run("plan", "convert", file, "--out", _folder["a.plan.json"], "--model", "demo", "--guidance", "conditional-last");

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        var plan = PlanFile.Load(_folder["a.plan.json"]);
        plan.Guidance.ShouldBe(Guidance.ConditionalLast);
        plan.Rows.ShouldBe(((string[])["full", "wars", "ast", "asc", "wars+asc"]).Select(id => Enumerable.Repeat(id, 6)));
    }

    [Fact]
    public void Without_a_model_the_sites_have_diffusers_names()
    {
        var file = WriteAuthors("legacy", new[] { Block(Methods[0], crossAttention: ["full_attn", "output_share", "output_share", "output_share"]), Block(Methods[1]) });

        Ditfast.Run("plan", "convert", file, "--out", _folder["a.plan.json"]).Status.ShouldBe(ExitStatus.Done);

        var plan = PlanFile.Load(_folder["a.plan.json"]);
        plan.Model.Sites.Select(site => site.Name).ShouldBe(["transformer_blocks.0.attn1", "transformer_blocks.0.attn2", "transformer_blocks.1.attn1"]);
        plan.Rows[1].ShouldBe(["wars", "ast", "wars+asc"]);
        Ditfast.Run("plan", "diff", file, _folder["a.plan.json"]).Output.ShouldContain("0 of 12 cells differ.");
        Ditfast.Run("plan", "show", file).Output.ShouldContain("transformer_blocks.1.attn1");
    }

    [Fact]
    public void Feed_forwards_become_sub_layers()
    {
        var file = WriteAuthors("zip", Methods.Select(methods => Block(methods, feedForward: ["full_attn", "output_share", "full_attn", "output_share"])));

        Ditfast.Run("plan", "convert", file, "--out", _folder["a.plan.json"], "--model", "demo").Status.ShouldBe(ExitStatus.Done);

        var plan = PlanFile.Load(_folder["a.plan.json"]);
        plan.Model.Sites.Count.ShouldBe(12);
        plan.Rows.Select(row => string.Join(' ', row.Where((_, i) => plan.Model.Sites[i].SubLayer == 0))).ShouldBe(Rows);
        plan.Rows.Select(row => row.Where((_, i) => plan.Model.Sites[i].SubLayer > 0).Distinct().Single()).ShouldBe(["full", "ast", "full", "ast"]);
        Refused(file).ShouldContain("only a model says what those cost");
    }

    [Fact]
    public void What_is_wrong_is_said_with_its_place_and_what_is_known()
    {
        Refused(Write(Block(Methods[0]), Block(["full_attn", "outputshare", "full_attn", "full_attn"]))).ShouldContain("block 1, attn1, step 1 is 'outputshare'; known are full_attn, ");
        Refused(Write(Block(["full_attn", null]))).ShouldContain("block 0, attn1, step 1 is no text; known are ");
        Refused(Write(Block(Methods[0]), Block(["full_attn"]))).ShouldContain("block 1 has 1 steps, block 0 has 4");
        Refused(Write(Block(Methods[0], feedForward: ["full_attn"]))).ShouldContain("block 0 has 1 steps of ff and 4 of attn1");
        Refused(Write(new Dictionary<string, object?>(StringComparer.Ordinal) { ["attn1"] = Methods[0], ["attn3"] = null })).ShouldContain("block 0 has 'attn3'; attn1, attn2 and ff are known");
        Refused(Write()).ShouldContain("has no block");
        Refused(Write(Block([]))).ShouldContain("block 0, attn1 has no step");
        Refused(WriteAuthors("zip", "full_attn")).ShouldContain("is no list of blocks");
        Refused(_folder.Write("x.json", """{ "block0": { "step0": "FULL_ATTN", "step2": "FULL_ATTN" } }""")).ShouldContain("block 0 is no list of methods, one a step");
        Refused(_folder.Write("x.json", """{ "block0": { "step0": "FULL_ATTN", "step1": "CFG_SHARE" } }""")).ShouldContain("block 0, step 1 is 'CFG_SHARE'; known are ");
        Refused(_folder.Write("x.json", SomePlan.Text)).ShouldContain("neither a plan of the authors' code");
        Refused(_folder.Write("x.json", "{")).ShouldContain("neither a plan of the authors' code");
        Refused(_folder["none.json"]).ShouldContain("cannot be read");

        // Fits no model of six blocks, or begins with what nothing wrote.
        Refused(Write(Block(Methods[0])), "--model", "demo").ShouldContain("is for 1 blocks; the model 'MetaDiT' has 6 self-attention sites");
        Refused(Write([.. Enumerable.Repeat(Block(["output_share", "full_attn"]), 6)]), "--model", "demo").ShouldContain("step 0 of site 'blocks.0.attn' is 'ast'");
        File.Exists(_folder["a.plan.json"]).ShouldBeFalse();

        string Write(params object?[] blocks) => WriteAuthors("zip", blocks);
    }

    [Fact]
    public void A_pickle_that_names_a_function_is_refused_and_nothing_runs()
    {
        // os.system("touch PWNED"), as a malicious plan would have it.
        TorchSaved.Zip(_folder["bad.json"], [0x80, 2, .. "cos\nsystem\n"u8, .. "X\x0b\0\0\0touch PWNED"u8, 0x85, (byte)'R', (byte)'.']);

        Refused(_folder["bad.json"]).ShouldContain("os.system");
        File.Exists("PWNED").ShouldBeFalse();
    }

    [Fact]
    public void A_few_bytes_do_not_unfold_to_a_plan_without_end()
    {
        // A thousand blocks of two thousand steps: ten times what the largest models and longest runs have.
        var steps = Enumerable.Repeat("full_attn", 2000).ToArray();
        Refused(WriteAuthors("zip", Enumerable.Repeat(Block(steps), 1000))).ShouldContain("cells are no plan");
    }

    private string Refused(string file, params string[] more)
    {
        var result = Ditfast.Run(["plan", "convert", file, "--out", _folder["a.plan.json"], .. more]);
        result.Status.ShouldBe(ExitStatus.UserError, result.Output + result.Log);
        result.Log.ShouldStartWith("ditfast: plan '");
        return result.Log;
    }

    private static Dictionary<string, object?> Block(string?[] selfAttention, string[]? crossAttention = null, string[]? feedForward = null)
        => new(StringComparer.Ordinal) { ["attn1"] = selfAttention, ["attn2"] = crossAttention, ["ff"] = feedForward };

    private string WriteAuthors(string format, object? blocks)
    {
        var path = _folder["authors.json"];
        File.Delete(path);
        switch (format)
        {
            case "zip":
                TorchSaved.Zip(path, blocks);
                break;
            case "legacy":
                TorchSaved.Legacy(path, blocks);
                break;
            default:
                File.WriteAllText(path, System.Text.Json.JsonSerializer.Serialize(blocks));
                break;
        }

        return path;
    }
}
