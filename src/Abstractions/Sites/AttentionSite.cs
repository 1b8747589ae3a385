using DiTFastAttn.Runs;
using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// One attention site of one module instance. The generator derives a class for each declared site; its objects exist
/// while the model is attached.
/// </summary>
public abstract class AttentionSite
{
    private AttachedModel? _model;

    /// <summary>The last part of the site's name as declared, or <see langword="null"/>.</summary>
    public virtual string? DeclaredName => null;

    /// <summary>The module path with the declared name, for example <c>blocks.0.attn</c>. Set at attach.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Position among the model's sites, in forward order; the column of a plan. Set at attach.</summary>
    public int Index { get; private set; } = -1;

    /// <summary>Number of heads H, or 0 where the declaration does not say.</summary>
    public virtual long Heads => 0;

    /// <summary>Width D of a head, or 0 where the declaration does not say.</summary>
    public virtual long HeadWidth => 0;

    /// <summary>Projects tokens <c>[b, L, d]</c> to query, key and value. The caller owns the result.</summary>
    /// <param name="hidden">Tokens <c>[b, L, d]</c>: the whole batch or one guidance half.</param>
    public abstract AttentionInput Project(torch.Tensor hidden);

    /// <summary>Projects attended values <c>[b, H, L, D]</c> to tokens <c>[b, L, d]</c>. The caller owns the result.</summary>
    /// <param name="attended">Attended values <c>[b, H, L, D]</c>; any strides.</param>
    public abstract torch.Tensor Output(torch.Tensor attended);

    /// <summary>Computes the site for the current step of the current run; plain full attention outside a run.</summary>
    /// <param name="hidden">Tokens <c>[B, L, d]</c>, both guidance halves where there are two.</param>
    /// <returns>Tokens <c>[B, L, d]</c>, owned by the caller.</returns>
    public torch.Tensor Attend(torch.Tensor hidden)
    {
        var model = _model!;
        for (var frame = RunFrame.Current; frame is not null; frame = frame.Outer)
        {
            if (ReferenceEquals(frame.Model, model))
            {
                return frame.Attend(this, hidden);
            }
        }

        return AttendInFull(model.Kernel, hidden);
    }

    internal torch.Tensor AttendInFull(IAttentionKernel kernel, torch.Tensor hidden)
    {
        using var input = Project(hidden);
        using var attended = kernel.Full(input.Query, input.Key, input.Value);
        return Output(attended);
    }

    internal void BelongTo(AttachedModel model, int index, string name)
    {
        _model = model;
        Index = index;
        Name = name;
    }
}
