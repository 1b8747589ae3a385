using DiTFastAttn.Runs;
using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// One attention site of one module instance. The generator derives a class for each declared site, from <see cref="SelfAttentionSite"/> or
/// <see cref="AttentionSite{TArguments}"/>; its objects exist while the model is attached.
/// </summary>
public abstract class AttentionSite
{
    private AttachedModel? _model;

    private protected AttentionSite()
    {
    }

    /// <summary>The last part of the site's name as declared, or <see langword="null"/>.</summary>
    public virtual string? DeclaredName => null;

    /// <summary>The module path with the declared name, for example <c>blocks.0.attn</c>. Set at attach.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Position among the model's sites, in forward order; the column of a plan. Set at attach.</summary>
    public int Index { get; private set; } = -1;

    /// <summary>What the site's queries and keys are.</summary>
    public virtual SiteKind Kind => SiteKind.SelfAttention;

    /// <summary>Number of heads H, or 0 where the declaration does not say.</summary>
    public virtual long Heads => 0;

    /// <summary>Width D of a head, or 0 where the declaration does not say.</summary>
    public virtual long HeadWidth => 0;

    /// <summary>Whether a window of tokens around each query makes sense here.</summary>
    internal bool HasWindow => Kind is not (SiteKind.CrossAttention or SiteKind.SubLayer);

    private protected IAttentionKernel Kernel => _model!.Kernel;

    /// <summary>Whether a strategy can compute the site at all.</summary>
    internal bool IsServedBy(ProcessorTraits traits) => Kind == SiteKind.SubLayer ? traits.ServesSubLayers : HasWindow || !traits.RequiresWindow;

    /// <summary>Projects the call's tokens. The caller owns the result.</summary>
    internal abstract AttentionInput Project(in AttentionCall call);

    /// <summary>Projects attended values to the call's tokens. The caller owns the result.</summary>
    internal abstract torch.Tensor Output(torch.Tensor attended, in AttentionCall call);

    internal void BelongTo(AttachedModel model, int index, string name)
    {
        _model = model;
        Index = index;
        Name = name;
    }

    /// <summary>The open step of a run of this site's model on this thread, or <see langword="null"/> outside a run.</summary>
    private protected RunFrame? FindFrame()
    {
        var model = _model!;
        for (var frame = RunFrame.Current; frame is not null; frame = frame.Outer)
        {
            if (ReferenceEquals(frame.Model, model))
            {
                return frame;
            }
        }

        return null;
    }
}
