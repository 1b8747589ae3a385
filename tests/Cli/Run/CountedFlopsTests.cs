using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Models;
using DiTFastAttn.Models.OpenSora;
using DiTFastAttn.Models.PixArt;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Tests.Run;

/// <summary>What runs count from the tensors that come by is what plans are priced at, to the last multiply-accumulate.</summary>
public sealed class CountedFlopsTests
{
    private static readonly string[] Steps = ["full", "wars", "asc", "wars+asc", "ast", "wa", "wa+asc", "full", "ast"];

    private static readonly AttentionWindow Window = AttentionWindow.Tokens(3);

    [Fact]
    public void Of_DiT()
    {
        using var model = new MetaDiT(new MetaDiTConfig { InputSize = 8, PatchSize = 2, InChannels = 4, HiddenSize = 24, Depth = 2, NumHeads = 3, NumClasses = 4 });
        using var latents = randn([4, 4, 8, 8], generator: new Generator(1));
        using var times = ones([4]);
        using var labels = zeros([4], ScalarType.Int64);

        ShouldCountWhatIsPredicted(model, () => model.forward(latents, times, labels), _ => new SiteShape(4, 16, 3, 8, 3));
    }

    [Fact]
    public void Of_PixArt_with_its_text()
    {
        var config = new PixArtMSConfig { InputSize = 8, HiddenSize = 24, Depth = 2, NumHeads = 2, CaptionChannels = 6, PeInterpolation = 1, ModelMaxLength = 5 };
        using var model = new PixArtMS(config);
        using var latents = randn([2, 4, 8, 6], generator: new Generator(1));
        using var times = ones([2]);
        using var caption = randn([2, 5, 6], generator: new Generator(2));

        ShouldCountWhatIsPredicted(
            model,
            () => model.forward(latents, times, new PixArtCondition(caption)),
            site => new SiteShape(2, 12, 2, 12, 3) { KeyTokens = site.Kind == SiteKind.CrossAttention ? 5 : 12 });
    }

    [Fact]
    public void Of_STDiT2_in_space_in_time_and_across_text()
    {
        using var model = STDiTModel.Create(new STDiTConfig { HiddenSize = 24, Depth = 1, NumHeads = 2, CaptionChannels = 8, ModelMaxLength = 4, InputSquareSize = 32, QkNorm = true });
        FormulaWeights.Fill(model);
        using var scope = NewDisposeScope();
        var input = new STDiTInput(randn([2, 4, 3, 6, 8], generator: new Generator(1)), tensor([500f, 500f]), randn([2, 1, 4, 8], generator: new Generator(2)))
        {
            Sizes = new VideoConditioning(3, 48, 64, 24).Sizes(1),
        };

        // Three frames of 12 tokens: a batch of frames, a batch of places, and one of videos.
        ShouldCountWhatIsPredicted(model, () => model.forward(input), site => site.Kind switch
        {
            SiteKind.Spatial => new SiteShape(2 * 3, 12, 2, 12, 3),
            SiteKind.Temporal => new SiteShape(2 * 12, 3, 2, 12, 3),
            _ => new SiteShape(2, 3 * 12, 2, 12, 3) { KeyTokens = 4 },
        });
    }

    /// <summary>The paper's percentages of Table 2 are whole numbers: within one point of what is counted.</summary>
    [Theory]
    [InlineData("asc", 50)]
    [InlineData("wars", 77)]
    [InlineData("wars+asc", 38)]
    [InlineData("ast", 0)]
    public void Of_a_site_of_DiT_XL_at_1024_tokens_as_Table_2_has_them(string strategy, double percent)
    {
        using var model = new MetaDiT(new MetaDiTConfig { InputSize = 64, PatchSize = 2, InChannels = 4, HiddenSize = 1152, Depth = 1, NumHeads = 16, NumClasses = 1 });
        using var attached = AttachedModel.Attach(model, new ProcessorCatalog(), new NoKernel(), AttentionWindow.Paper);
        using var latents = zeros(2, 4, 64, 64);
        using var times = ones([2]);
        using var labels = zeros([2], ScalarType.Int64);
        using var noGrad = no_grad();
        using var run = attached.BeginRun(AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, ["full", strategy]), new RunRequest(2, Guidance.ConditionalFirst) { CountsCosts = true });

        var full = CountStep();
        var counted = CountStep() - full;

        (100.0 * counted / full).ShouldBe(percent, 1);

        long CountStep()
        {
            using var step = run.Step();
            model.forward(latents, times, labels).Dispose();
            return run.CountedCosts[0].Total;
        }
    }

    private static void ShouldCountWhatIsPredicted(nn.Module model, Func<Tensor> forward, Func<AttentionSite, SiteShape> shapeOf)
    {
        using var attached = AttachedModel.Attach(model, new ProcessorCatalog(), AttentionKernels.Default, Window);
        var plan = AttentionPlan.OfSteps(
            attached, Guidance.ConditionalFirst, Steps, Window, [SiteKind.SelfAttention, SiteKind.Spatial, SiteKind.Temporal, SiteKind.CrossAttention]);
        using var noGrad = no_grad();
        using var run = attached.BeginRun(plan, new RunRequest(Steps.Length, Guidance.ConditionalFirst) { CountsCosts = true });
        for (var step = 0; step < Steps.Length; step++)
        {
            using var open = run.Step();
            forward().Dispose();
        }

        foreach (var site in attached.Sites)
        {
            var predicted = PlanCost.Of([.. plan.Rows.Select(row => (IReadOnlyList<string>)[row[site.Index]])], attached.Processors, _ => shapeOf(site));
            var counted = run.CountedCosts[site.Index];
            counted.Total.ShouldBe(predicted.Total, site.Name);
            counted.ResidualRefresh.ShouldBe(predicted.ResidualRefresh, site.Name);
        }
    }

    /// <summary>Gives zeros: the sizes are counted, and nobody looks at the numbers.</summary>
    private sealed class NoKernel : IAttentionKernel
    {
        public string Name => "none";

        public bool Supports(in AttentionInput input) => true;

        public Tensor Full(in AttentionInput input, AttentionWindow? window = null) => zeros_like(input.Query);

        public Tensor Window(in AttentionInput input, AttentionWindow window, Tensor? residual = null) => zeros_like(input.Query);

        public FullAndResidual FullWithResidual(in AttentionInput input, AttentionWindow window) => new(zeros_like(input.Query), zeros_like(input.Query));
    }
}
