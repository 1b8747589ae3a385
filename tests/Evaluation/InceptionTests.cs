using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Tests;

public sealed class InceptionTests
{
    [Theory]
    [InlineData(InceptionFrontEnd.PytorchFid, -1f, 1f)]
    [InlineData(InceptionFrontEnd.TorchFidelity, -1f, 0.9921875f)]
    public void Black_and_white_go_to_the_ends_of_the_range(InceptionFrontEnd frontEnd, float black, float white)
    {
        using var scope = NewDisposeScope();
        var images = cat([zeros(1, 3, 5, 4), full([1, 3, 5, 4], 255)], 0).to(ScalarType.Byte);

        var input = InceptionInput.Prepare(images, frontEnd);

        input.shape.ShouldBe([2, 3, 299, 299]);
        input[0].max().item<float>().ShouldBe(black);
        input[1].min().item<float>().ShouldBe(white);
    }

    [Fact]
    public void Bytes_are_truncated_and_their_resizing_is_rounded()
    {
        using var scope = NewDisposeScope();
        var images = tensor((float[])[0.999f, 0.5f, 1f]).view(1, 1, 1, 3);

        var bytes = InceptionInput.Truncate(images);

        bytes.data<byte>().ToArray().ShouldBe([254, 127, 255]);
        var resized = InceptionInput.ResizeBytes(bytes);
        resized.shape.ShouldBe([1, 3, 299, 299]);
        resized[0, 1].min().item<byte>().ShouldBe((byte)127);
    }

    [Fact]
    public void A_file_of_another_network_is_refused_by_name()
    {
        using var network = new InceptionNetwork(META);
        using var other = new Lpips(LpipsNet.Alex);
        var path = Path.Combine(Path.GetTempPath(), $"ditfast-{Guid.NewGuid():N}.safetensors");
        SafetensorsWriter.Write(path, other.state_dict());
        try
        {
            using var file = WeightFile.Open(path);
            Should.Throw<WeightFileException>(() => network.LoadWeights(file)).Message.ShouldContain("Conv2d_1a_3x3.bn.bias");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Pictures_have_three_channels()
    {
        using var gray = zeros(1, 1, 8, 8);
        Should.Throw<ArgumentException>(() => InceptionInput.Prepare(gray, InceptionFrontEnd.PytorchFid)).Message.ShouldContain("[B, 3, H, W]");
    }
}
