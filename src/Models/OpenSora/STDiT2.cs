using DiTFastAttn.Models.DiT;
using DiTFastAttn.Models.OpenSora;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>STDiT2, the transformer of OpenSora v1.1: videos of any size and length.</summary>
/// <remarks>Parameters are zero until <see cref="STDiTModel.LoadWeights"/>. Not to be constructed inside a dispose scope.</remarks>
public sealed class STDiT2 : STDiTModel
{
    private readonly VideoPatchEmbedding x_embedder;
    private readonly SizeEmbedder t_embedder;
    private readonly Sequential t_block;
    private readonly Sequential t_block_temp;
    private readonly CaptionEmbedder y_embedder;
    private readonly RotaryEmbedding rope;
    private readonly ModuleList<STDiT2Block> blocks;
    private readonly STDiTFinalLayer final_layer;
    private readonly SizeEmbedder csize_embedder;
    private readonly SizeEmbedder ar_embedder;
    private readonly SizeEmbedder fl_embedder;
    private readonly SizeEmbedder fps_embedder;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public STDiT2(STDiTConfig config)
        : base(nameof(STDiT2), Valid(config, STDiTVersion.STDiT2))
    {
        var width = config.HiddenSize;
        x_embedder = new VideoPatchEmbedding(config);
        t_embedder = new SizeEmbedder(width);
        t_block = Layers.SiluThenLinear(width, 6 * width);
        t_block_temp = Layers.SiluThenLinear(width, 3 * width);
        y_embedder = new CaptionEmbedder(config);
        rope = new RotaryEmbedding(config.HeadWidth);
        blocks = new ModuleList<STDiT2Block>([.. Enumerable.Range(0, config.Depth).Select(i => new STDiT2Block(config, $"block{i}"))]);
        final_layer = new STDiTFinalLayer(config);
        csize_embedder = new SizeEmbedder(width / 3);
        ar_embedder = new SizeEmbedder(width / 3);
        fl_embedder = new SizeEmbedder(width);
        fps_embedder = new SizeEmbedder(width);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor NullText => y_embedder.NullText;

    private protected override int BlockCount => blocks.Count;

    private protected override VideoCall BeginCall(STDiTInput input, (long Frames, int Rows, int Columns) grid)
    {
        using var scope = NewDisposeScope();
        var (batch, sizes) = (input.Latents.shape[0], input.Sizes!);
        var size = cat([Embed(csize_embedder, sizes.Height), Embed(csize_embedder, sizes.Width), Embed(ar_embedder, sizes.AspectRatio)], 1); // [B, d]
        var speed = Embed(fl_embedder, sizes.Frames) + Embed(fps_embedder, sizes.Fps); // [B, d]
        var time = t_embedder.forward(input.Timesteps);
        var clean = input.FrameMask is null ? null : t_embedder.forward(zeros_like(input.Timesteps));
        var spatial = t_block.forward(time + size);
        var temporal = t_block_temp.forward(time + speed);
        input.Observe?.Invoke("t_spc_mlp", spatial);
        input.Observe?.Invoke("t_tmp_mlp", temporal);
        var (text, textMask) = y_embedder.forward(input.Text, input.TextMask);
        return new VideoCall
        {
            Frames = grid.Frames,
            Grid = (grid.Rows, grid.Columns),
            Modulation = Keep(FrameModulation.ByFrame(spatial, clean is null ? null : t_block.forward(clean + size), input.FrameMask)),
            TemporalModulation = Keep(FrameModulation.ByFrame(temporal, clean is null ? null : t_block_temp.forward(clean + speed), input.FrameMask)),
            Text = Keep(text),
            TextMask = textMask?.DetachFromDisposeScope(),
            FramePositions = Keep(rope.forward(grid.Frames)),
            FinalCondition = Keep(time),
            CleanFinalCondition = clean is null ? null : Keep(clean + size),
            FrameMask = input.FrameMask,
            Observe = input.Observe,
        };

        Tensor Embed(SizeEmbedder embedder, Tensor values) => embedder.forward(values).repeat(batch / values.shape[0], 1); // a b -> a b a b
    }

    private protected override Tensor Embed(Tensor latents, STDiTInput input, VideoCall call)
    {
        using var positions = Positions(input.Sizes!, call);
        input.Observe?.Invoke("pos_emb", positions);
        using var tokens = x_embedder.forward(latents); // [B, T·S, d]
        using var frames = call.ByFrame(tokens);
        using var table = positions.to(tokens.dtype).to(tokens.device);
        using var sum = frames + table; // [B, T, S, d] + [1, S, d]
        return sum.view(tokens.shape);
    }

    private protected override Tensor ApplyBlock(int block, Tensor tokens, VideoCall call) => blocks[block].forward(tokens, call);

    private protected override Tensor Finish(Tensor tokens, VideoCall call) => final_layer.forward(tokens, call);

    /// <summary>The table is that of the first sample's size, for all of the batch.</summary>
    private Tensor Positions(VideoSizes sizes, VideoCall call)
    {
        var side = Math.Sqrt(First(sizes.Height) * First(sizes.Width));
        return VideoPositions.OfScaledFrame(call.Grid.Rows, call.Grid.Columns, Config.HiddenSize, side, Config.InputSquareSize, x_embedder.Dtype);
    }

    private double First(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.narrow(0, 0, 1).to(x_embedder.Dtype).to(ScalarType.Float64).item<double>();
    }

    private static Tensor Keep(Tensor tensor) => tensor.DetachFromDisposeScope();
}
