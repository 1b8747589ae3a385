using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests.OpenSora;

/// <summary>A video through an autoencoder of images.</summary>
public sealed class AutoencoderVideoCodecTests : IDisposable
{
    private readonly AutoencoderKL _autoencoder = new(new AutoencoderKLConfig { BlockOutChannels = [8, 16], LayersPerBlock = 1, NormNumGroups = 4, SampleSize = 16 });

    public AutoencoderVideoCodecTests()
    {
        FormulaWeights.Fill(_autoencoder);
        _autoencoder.eval();
    }

    public void Dispose() => _autoencoder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Frames_are_what_they_are_alone_however_many_are_taken_at_a_time(int framesAtATime)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var frames = rand([3, 5, 8, 12], generator: generator);
        var codec = new AutoencoderVideoCodec(_autoencoder, framesAtATime);

        var latents = codec.Encode(frames);
        var decoded = codec.Decode(latents);

        latents.shape.ShouldBe([4, 5, 4, 6]);
        decoded.shape.ShouldBe([3, 5, 8, 12]);
        using var alone = _autoencoder.Encode(frames.select(1, 3).unsqueeze(0).contiguous());
        (latents.select(1, 3) - _autoencoder.Scale(alone.Mean)[0]).abs().max().item<float>().ShouldBeLessThan(1e-5f);
        (decoded.select(1, 3) - _autoencoder.Decode(_autoencoder.Unscale(latents.select(1, 3).unsqueeze(0).contiguous()))[0]).abs().max().item<float>().ShouldBeLessThan(1e-4f);
    }

    [Fact]
    public void What_is_no_video_is_refused()
    {
        using var picture = zeros([3, 8, 8]);
        Should.Throw<ArgumentException>(() => new AutoencoderVideoCodec(_autoencoder).Encode(picture)).Message.ShouldStartWith("the video has shape [3, 8, 8]; it has to be [C, T, H, W].");
    }
}
