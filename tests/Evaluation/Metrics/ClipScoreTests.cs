using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Tests.Metrics;

public sealed class ClipScoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-clip-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Only_the_mean_is_kept_from_falling_below_zero()
    {
        using var scope = NewDisposeScope();
        var (image, opposite) = (tensor((float[])[1, 2, 3]).view(1, 3), tensor((float[])[-1, -2, -3]).view(1, 3));
        var score = new ClipScore();

        score.Score.ShouldBe(0);
        score.Update(image, opposite);
        score.Score.ShouldBe(0);
        score.Update(image, image * 7);
        score.Update(image, image);
        score.Score.ShouldBe(100.0 / 3, 1e-4);
    }

    [Fact]
    public void A_tiny_clip_scores_pictures_and_prompts()
    {
        TinyClip.Write(_folder);
        var tokenizer = ClipTokenizer.Load(_folder);
        tokenizer.Encode("a photo of the cat").Select(tokenizer.NameOf)
            .ShouldBe(["<|startoftext|>", "a</w>", "photo</w>", "of</w>", "the</w>", "cat</w>", "<|endoftext|>"]);
        using var noGrad = no_grad();
        using var model = ClipModel.Load(_folder);
        var processor = ClipImageProcessor.Parse(File.ReadAllText(Path.Combine(_folder, "preprocessor_config.json")));
        using var pixels = processor.Process(new RgbImage(50, 40, (200, 100, 0)));
        using var batch = tokenizer.EncodeBatch(["a photo of the cat"], 77);
        using var images = model.EncodeImage(pixels);
        using var texts = model.EncodeText(batch.Ids, batch.Mask);
        var score = new ClipScore();
        score.Update(images, texts);
        score.Score.ShouldBeInRange(0, 100);
    }
}
