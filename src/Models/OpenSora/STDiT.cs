using DiTFastAttn.Models.DiT;
using DiTFastAttn.Models.OpenSora;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>STDiT, the transformer of OpenSora v1.0: videos of one size and length.</summary>
/// <remarks>Parameters are zero until <see cref="STDiTModel.LoadWeights"/>. Not to be constructed inside a dispose scope.</remarks>
public sealed class STDiT : STDiTModel
{
    private readonly Tensor pos_embed;
    private readonly Tensor pos_embed_temporal;
    private readonly VideoPatchEmbedding x_embedder;
    private readonly SizeEmbedder t_embedder;
    private readonly Sequential t_block;
    private readonly CaptionEmbedder y_embedder;
    private readonly ModuleList<STDiTBlock> blocks;
    private readonly STDiTFinalLayer final_layer;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public STDiT(STDiTConfig config)
        : base(nameof(STDiT), Valid(config, STDiTVersion.STDiT))
    {
        var (width, size, patch) = (config.HiddenSize, config.InputSize, config.PatchSize);
        pos_embed = VideoPositions.OfFrame(size.Rows / patch.Rows, size.Columns / patch.Columns, width, 1 / config.SpaceScale, 1 / config.SpaceScale);
        pos_embed_temporal = VideoPositions.OfFrames(size.Frames / patch.Frames, width, config.TimeScale);
        x_embedder = new VideoPatchEmbedding(config);
        t_embedder = new SizeEmbedder(width);
        t_block = Layers.SiluThenLinear(width, 6 * width);
        y_embedder = new CaptionEmbedder(config);
        blocks = new ModuleList<STDiTBlock>([.. Enumerable.Range(0, config.Depth).Select(i => new STDiTBlock(config, $"block{i}", addsPositions: i == 0))]);
        final_layer = new STDiTFinalLayer(config);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor NullText => y_embedder.NullText;

    private protected override int BlockCount => blocks.Count;

    private protected override VideoCall BeginCall(STDiTInput input, (long Frames, int Rows, int Columns) grid)
    {
        using var scope = NewDisposeScope();
        var time = t_embedder.forward(input.Timesteps);
        var clean = input.FrameMask is null ? null : t_embedder.forward(zeros_like(input.Timesteps));
        var condition = t_block.forward(time);
        var (text, textMask) = y_embedder.forward(input.Text, input.TextMask);
        return new VideoCall
        {
            Frames = grid.Frames,
            Grid = (grid.Rows, grid.Columns),
            Modulation = Keep(FrameModulation.ByFrame(condition, clean is null ? null : t_block.forward(clean), input.FrameMask)),
            TemporalModulation = Keep(FrameModulation.ByFrame(condition, clean: null, frameMask: null)),
            Text = Keep(text),
            TextMask = textMask?.DetachFromDisposeScope(),
            FramePositions = Config.NoTemporalPositions ? null : Keep(get_buffer(nameof(pos_embed_temporal))!.alias()),
            FinalCondition = Keep(time),
            CleanFinalCondition = clean is null ? null : Keep(clean),
            FrameMask = input.FrameMask,
            Observe = input.Observe,
        };
    }

    private protected override Tensor Embed(Tensor latents, STDiTInput input, VideoCall call)
    {
        using var tokens = x_embedder.forward(latents); // [B, T·S, d]
        using var frames = call.ByFrame(tokens);
        using var sum = frames + get_buffer(nameof(pos_embed))!; // [B, T, S, d] + [1, S, d]
        return sum.view(tokens.shape);
    }

    private protected override Tensor ApplyBlock(int block, Tensor tokens, VideoCall call) => blocks[block].forward(tokens, call);

    private protected override Tensor Finish(Tensor tokens, VideoCall call) => final_layer.forward(tokens, call);

    private static Tensor Keep(Tensor tensor) => tensor.DetachFromDisposeScope();
}
