using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>t5.encode</c>: T5's encoder, block by block.</summary>
internal sealed class T5Encode : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "t5.encode";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = new T5Encoder(T5Config.Parse(file.Config.GetRawText()));
        CaseWeights.Fill(file, model, model.LoadWeights);
        model.eval();
        using var ids = file.Tensor("in.input_ids");
        using var mask = file.HasTensor("in.attention_mask") ? file.Tensor("in.attention_mask") : null;
        answer.Add("out.last_hidden_state", model.forward(ids, mask));
        answer.Add("mid.position_bias", model.PositionBias(ids.shape[1]));
        using var chain = model.BeginBlocks(ids, mask);
        var tokens = chain.Embed();
        answer.Add("mid.embed", tokens);
        for (var block = 0; block < chain.Blocks; block++)
        {
            tokens = chain.Apply(block, tokens);
            answer.Add($"mid.block{block}", tokens);
        }
    }
}
