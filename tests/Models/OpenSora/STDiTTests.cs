using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests.OpenSora;

/// <summary>What STDiT refuses, and how it loads checkpoints of other lengths.</summary>
public sealed class STDiTTests
{
    private static readonly STDiTConfig Config = new()
    {
        HiddenSize = 24, Depth = 1, NumHeads = 2, CaptionChannels = 8, ModelMaxLength = 4, InputSquareSize = 32, QkNorm = true,
    };

    [Theory]
    [InlineData("latents", "latents have shape [1, 3, 2, 4, 4]; this model takes [B, 4, T, H, W].")]
    [InlineData("timesteps", "timesteps: shape [2] of Float32; it has to be one for each of the 1 videos.")]
    [InlineData("text", "text: shape [1, 1, 3, 7] of Float32; it has to be [1, 1, tokens, 8].")]
    [InlineData("text mask", "the text mask: shape [1, 2] of Float32; it has to be [1 or a part of it, 3].")]
    [InlineData("frame mask", "the frame mask: shape [1, 5] of Bool; it has to be [1, 2] of Bool.")]
    [InlineData("sizes", "sizes are missing: STDiT2 needs height, width, ar, num_frames and fps.")]
    public void What_does_not_fit_is_refused_with_its_name(string what, string message)
    {
        using var model = STDiTModel.Create(Config);
        using var scope = NewDisposeScope();
        var input = new STDiTInput(
            zeros([1, what == "latents" ? 3 : 4, 2, 4, 4]), zeros([what == "timesteps" ? 2 : 1]), zeros([1, 1, 3, what == "text" ? 7 : 8]))
        {
            TextMask = what == "text mask" ? ones([1, 2]) : null,
            FrameMask = what == "frame mask" ? ones([1, 5], ScalarType.Bool) : null,
            Sizes = what == "sizes" ? null : new VideoConditioning(2, 32, 32, 24).Sizes(1),
        };

        Should.Throw<ArgumentException>(() => model.forward(input)).Message.ShouldStartWith(message);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public void The_table_for_no_text_is_made_as_long_as_the_models(int rows)
    {
        using var model = STDiTModel.Create(Config);
        using var other = STDiTModel.Create(Config with { ModelMaxLength = rows });
        var state = other.state_dict();
        FormulaWeights.Fill(other);
        FormulaWeights.Fill(other, ["y_embedder.y_embedding"]);

        model.LoadWeights(new TensorDictionary(state, "checkpoint"));

        using var scope = NewDisposeScope();
        for (var row = 0; row < Config.ModelMaxLength; row++)
        {
            model.NullText[row].data<float>().ToArray().ShouldBe(other.NullText[Math.Min(row, rows - 1)].data<float>().ToArray());
        }
    }

    [Fact]
    public void Position_tables_of_a_checkpoint_are_not_read()
    {
        var config = Config with { Version = STDiTVersion.STDiT, QkNorm = false, InputSize = (2, 4, 4) };
        using var model = STDiTModel.Create(config);
        using var other = STDiTModel.Create(config);
        FormulaWeights.Fill(other);
        var state = other.state_dict();
        var computed = model.state_dict()["pos_embed"].data<float>().ToArray();
        using (no_grad())
        {
            state["pos_embed"].zero_();
        }

        model.LoadWeights(new TensorDictionary(state, "checkpoint"));

        model.state_dict()["pos_embed"].data<float>().ToArray().ShouldBe(computed);
    }

    [Fact]
    public void Attached_and_all_full_it_gives_the_bits_of_block_by_block_calls()
    {
        using var model = STDiTModel.Create(Config);
        FormulaWeights.Fill(model);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(3);
        var input = new STDiTInput(randn([2, 4, 3, 6, 4], generator: generator), tensor([500f, 500f]), randn([2, 1, 3, 8], generator: generator))
        {
            Sizes = new VideoConditioning(3, 48, 32, 24).Sizes(1),
        };

        using var chain = model.BeginBlocks(input);
        var tokens = chain.Apply(0, chain.Embed());

        chain.Finish(tokens).bytes.SequenceEqual(model.forward(input).bytes).ShouldBeTrue();
    }
}
