using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>dit.convert</c>: Meta's weights in Meta's model and, through the key map, in diffusers'.</summary>
internal sealed class DiTConvert : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "dit.convert";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var config = MetaDiTConfig.Parse(file.Config.Member("meta").GetRawText());
        using var meta = new MetaDiT(config);
        CaseWeights.Fill(file, meta, meta.LoadWeights);
        using var diffusers = new DiffusersDiT(DiffusersDiTConfig.Parse(file.Config.Member("diffusers").GetRawText()));
        var state = meta.state_dict();
        diffusers.LoadWeights(DiTKeyMap.MetaToDiffusers(new TensorDictionary(state, file.Name), config));
        meta.eval();
        diffusers.eval();

        using var x = file.Tensor("in.x");
        using var t = file.Tensor("in.t");
        using var y = file.Tensor("in.y");
        answer.Add("out.meta", meta.forward(x, t, y));
        answer.Add("out.diffusers", diffusers.forward(x, t, y));
        answer.Add("out.pos_embed", state["pos_embed"].detach());
    }
}
