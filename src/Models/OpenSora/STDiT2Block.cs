using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>
/// One block of STDiT2: attention over the tokens of each frame, over the frames of each place, to the text, and the feed-forward.
/// </summary>
internal sealed partial class STDiT2Block : Module<Tensor, VideoCall, Tensor>
{
    private readonly Parameter scale_shift_table;
    private readonly Parameter scale_shift_table_temporal;
    private readonly STDiTAttention attn;
    private readonly TextCrossAttention cross_attn;
    private readonly MetaMlp mlp;
    private readonly STDiTAttention attn_temp;
    private readonly int _heads;
    private readonly int _headWidth;
    private readonly string _name;

    public STDiT2Block(STDiTConfig config, string name)
        : base(nameof(STDiT2Block))
    {
        (_heads, _headWidth, _name) = (config.NumHeads, config.HeadWidth, name);
        scale_shift_table = Layers.Zeros(6, config.HiddenSize);
        scale_shift_table_temporal = Layers.Zeros(3, config.HiddenSize);
        attn = new STDiTAttention(config);
        cross_attn = new TextCrossAttention(config);
        mlp = new MetaMlp(config.HiddenSize, config.MlpWidth);
        attn_temp = new STDiTAttention(config);
        RegisterComponents();
    }

    /// <summary>Tokens <c>[B, T·S, d]</c> to tokens.</summary>
    public override Tensor forward(Tensor tokens, VideoCall call)
    {
        using var scope = NewDisposeScope();
        var modulation = FrameModulation.Of(scale_shift_table, call.Modulation); // shift, scale, gate; shift, scale, gate
        var temporal = FrameModulation.Of(scale_shift_table_temporal, call.TemporalModulation); // shift, scale, gate
        var x = call.ByFrame(tokens); // [B, T, S, d]
        x = Branches.Add(x, modulation[2], Space(x, modulation[0], modulation[1], call));
        x = Branches.AddInto(x, temporal[2], Time(x, temporal[0], temporal[1], call));
        x = Branches.AddInto(x, gate: null, Branches.Text(x, call, AttendText, _name));
        x = Branches.AddInto(x, modulation[5], Branches.FeedForward(x, modulation[3], modulation[4], mlp, call, _name));
        return x.view(tokens.shape).MoveToOuterDisposeScope();
    }

    [AttentionSite("attn", Kind = SiteKind.Spatial, Project = nameof(ProjectFrame), Output = nameof(OutputFrame), Heads = nameof(_heads), HeadWidth = nameof(_headWidth))]
    private partial Tensor AttendFrame(Tensor hidden, TokenLayout layout);

    [AttentionSite("attn_temp", Kind = SiteKind.Temporal, Project = nameof(ProjectPlace), Output = nameof(OutputPlace), Heads = nameof(_heads), HeadWidth = nameof(_headWidth))]
    private partial Tensor AttendPlace(Tensor hidden, TokenLayout layout, Tensor rotation);

    [AttentionSite("cross_attn", Kind = SiteKind.CrossAttention, Project = nameof(ProjectText), Output = nameof(OutputText), Heads = nameof(_heads), HeadWidth = nameof(_headWidth))]
    private partial Tensor AttendText(Tensor hidden, [PerSample] Tensor text, [PerSample] Tensor? mask);

    private AttentionInput ProjectFrame(Tensor hidden, TokenLayout layout) => attn.Project(hidden, layout);

    private Tensor OutputFrame(Tensor attended) => attn.Output(attended);

    private AttentionInput ProjectPlace(Tensor hidden, TokenLayout layout, Tensor rotation) => attn_temp.Project(hidden, layout, rotation);

    private Tensor OutputPlace(Tensor attended) => attn_temp.Output(attended);

    private AttentionInput ProjectText(Tensor hidden, Tensor text, Tensor? mask) => cross_attn.Project(hidden, text, mask);

    private Tensor OutputText(Tensor attended) => cross_attn.Output(attended);

    private Tensor Space(Tensor x, Tensor shift, Tensor scale, VideoCall call)
    {
        using var modulated = FrameModulation.Modulate(x, shift, scale);
        using var frames = VideoCall.EachFrame(modulated);
        using var attended = AttendFrame(frames, call.FrameLayout); // [B·T, S, d]
        call.Observe?.Invoke($"{_name}.spatial", attended);
        return attended.view(x.shape);
    }

    private Tensor Time(Tensor x, Tensor shift, Tensor scale, VideoCall call)
    {
        using var modulated = FrameModulation.Modulate(x, shift, scale);
        using var places = VideoCall.EachPlace(modulated);
        using var attended = AttendPlace(places, call.PlaceLayout, call.FramePositions!); // [B·S, T, d]
        call.Observe?.Invoke($"{_name}.temporal", attended);
        return call.FromPlaces(attended);
    }
}
