using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Tests.OpenSora;

/// <summary>Videos of several clips and of given frames, with a codec that averages and repeats pixels.</summary>
public sealed class VideoMakerTests : IDisposable
{
    private static readonly STDiTConfig Config = new()
    {
        HiddenSize = 24, Depth = 1, NumHeads = 2, CaptionChannels = 8, ModelMaxLength = 4, InputSquareSize = 64, InChannels = 3, QkNorm = false,
    };

    private readonly STDiTModel _model = STDiTModel.Create(Config);
    private readonly List<string> _texts = [];

    public VideoMakerTests()
    {
        FormulaWeights.Fill(_model);
        FormulaWeights.Fill(_model, ["y_embedder.y_embedding"]);
    }

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Clips_overlap_and_each_has_its_text()
    {
        var request = new VideoRequest(new VideoConditioning(5, 16, 24, 24), VideoPrompt.OfLoops("|0|a lake|2|a storm", 3)) { ConditionFrames = 2 };

        var clips = Make(request);

        _texts.ShouldBe(["a lake", "a lake", "a storm"]);
        clips.Select(clip => string.Join(' ', clip.shape)).ShouldBe(["3 5 16 24", "3 3 16 24", "3 3 16 24"]);
        request.TotalFrames.ShouldBe(11);
        clips.ForEach(clip => clip.Dispose());
    }

    [Fact]
    public void A_given_frame_stays_near_its_reference_and_the_others_do_not()
    {
        using var reference = full([3, 1, 2, 3], 3.0, ScalarType.Float32);
        var request = new VideoRequest(new VideoConditioning(4, 16, 24, 24), ["a lake"]) { References = [reference], Strategy = "0,0,0,-1" };

        var clip = Make(request)[0];

        using var scope = NewDisposeScope();
        Distance(clip, 3).ShouldBeLessThan(0.3);
        Distance(clip, 0).ShouldBeGreaterThan(0.5);
        clip.Dispose();
    }

    [Fact]
    public void The_same_seed_gives_the_same_video_and_another_one_does_not()
    {
        var request = new VideoRequest(new VideoConditioning(2, 16, 16, 24), ["a lake"]) { Seed = 3 };
        using var first = Make(request)[0];
        using var second = Make(request)[0];
        using var other = Make(request with { Seed = 4 })[0];

        second.bytes.SequenceEqual(first.bytes).ShouldBeTrue();
        other.bytes.SequenceEqual(first.bytes).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, null, "clips of 5 frames cannot begin with 0 of the clip before: give 1 to 4 condition frames.")]
    [InlineData(5, null, "clips of 5 frames cannot begin with 5 of the clip before")]
    [InlineData(2, "0", "names reference 0, and there are 0 (from 0).")]
    public void What_cannot_be_made_is_refused_before_the_first_clip(int conditionFrames, string? strategy, string message)
    {
        var request = new VideoRequest(new VideoConditioning(5, 16, 24, 24), ["a", "b"]) { ConditionFrames = conditionFrames, Strategy = strategy };

        Should.Throw<Exception>(() => Make(request)).Message.ShouldContain(message);
        _texts.ShouldBeEmpty();
    }

    private List<Tensor> Make(VideoRequest request)
    {
        var sampler = new OpenSoraSampler(_model, new OpenSoraSamplingOptions { Steps = 3, TimestepRespacing = "3,0,0" });
        var maker = new OpenSoraVideoMaker(sampler, new PixelCodec(), text =>
        {
            _texts.Add(text);
            return new VideoText(ones([1, 1, 4, Config.CaptionChannels]));
        });
        return [.. maker.Make(request).Select(clip => clip.clone())];
    }

    private static double Distance(Tensor clip, int frame) => (clip.select(1, frame) - 3).abs().mean().item<float>();

    private sealed class PixelCodec : IVideoCodec
    {
        public Tensor Encode(Tensor frames)
        {
            using var split = frames.reshape(3, frames.shape[1], frames.shape[2] / 8, 8, frames.shape[3] / 8, 8);
            return split.mean([3, 5]);
        }

        public Tensor Decode(Tensor latents)
        {
            using var rows = latents.repeat_interleave(8, 2);
            return rows.repeat_interleave(8, 3);
        }
    }
}
