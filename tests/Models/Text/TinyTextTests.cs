using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests.Text;

public sealed class TinyTextTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-tiny-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_tiny_t5_encodes_prompts_with_its_own_tokenizer()
    {
        TinyT5.WriteTokenizer(Path.Combine(_folder, "tokenizer"));
        TinyT5.WriteEncoder(Path.Combine(_folder, "text_encoder"), TinyT5.Config(16));
        var tokenizer = T5Tokenizer.Load(Path.Combine(_folder, "tokenizer"));
        tokenizer.VocabularySize.ShouldBeLessThanOrEqualTo(TinyT5.VocabularySize);
        tokenizer.Encode("a painting of the sea, 2024!").ShouldAllBe(id => id != 2);
        tokenizer.Encode("the cat").Select(tokenizer.PieceOf).ShouldBe(["▁the", "▁cat", "</s>"]);
        using var noGrad = no_grad();
        using var encoder = T5Encoder.Load(Path.Combine(_folder, "text_encoder"));
        using var batch = tokenizer.EncodeBatch(["a photo of a red boat", ""], 20);
        using var states = encoder.forward(batch.Ids, batch.Mask);
        states.shape.ShouldBe([2, 20, 16]);
        using var finite = states.isfinite().all();
        finite.item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void A_tiny_t5_can_be_stored_in_brain_floats_and_is_loaded_so()
    {
        TinyT5.WriteEncoder(_folder, TinyT5.Config(), ScalarType.BFloat16);
        using var encoder = T5Encoder.Load(_folder);
        encoder.parameters().ShouldAllBe(p => p.dtype == ScalarType.BFloat16);
        using var wide = T5Encoder.Load(_folder, ScalarType.Float32);
        wide.parameters().ShouldAllBe(p => p.dtype == ScalarType.Float32);
    }
}
