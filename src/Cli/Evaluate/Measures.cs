using DiTFastAttn.Evaluation;
using DiTFastAttn.Evaluation.Measures;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Evaluate;

/// <summary>The networks of a call and what they measure; disposing it frees them.</summary>
internal sealed class Measures : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    /// <summary>Loads what the chosen metrics need.</summary>
    /// <param name="call">The call.</param>
    /// <param name="choice">Which metrics.</param>
    /// <param name="pictures">The pictures.</param>
    /// <param name="device">Where to compute.</param>
    public Measures(VerbCall call, MetricChoice choice, PictureSet pictures, Device device)
    {
        try
        {
            if (choice.NeedsFeatures || choice.Has(MetricNames.InceptionScore))
            {
                AddInception(call, choice, device);
            }

            if (choice.NeedsPairs)
            {
                Reference = Own(PictureSet.Open(call.Get(EvaluateOptions.Reference)!));
                OfPictures.Add(Pairs(call, choice, pictures, Reference));
            }

            if (choice.Has(MetricNames.ClipScore))
            {
                OfPictures.Add(Own(CaptionAgreement.Load(call.Get(EvaluateOptions.Clip)!, PictureCaptions.Of(pictures, call.Get(EvaluateOptions.Prompts)), device)));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What is measured of the pictures.</summary>
    public List<IPictureMeasure> OfPictures { get; } = [];

    /// <summary>What is measured of the real ones.</summary>
    public List<IPictureMeasure> OfReal { get; } = [];

    /// <summary>What pictures are compared with, pair by pair.</summary>
    public PictureSet? Reference { get; }

    /// <summary>Tells the FID network's weights apart.</summary>
    public string? Network { get; private set; }

    /// <summary>How pictures are prepared for it.</summary>
    public InceptionFrontEnd FrontEnd { get; private set; }

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(owned => owned.Dispose());

    private void AddInception(VerbCall call, MetricChoice choice, Device device)
    {
        var network = Own(InceptionNetwork.Load(call.Get(EvaluateOptions.Inception)!, device));
        Network = WeightFingerprint.Of(network);
        FrontEnd = call.Get(EvaluateOptions.FrontEnd) == "pytorch-fid" ? InceptionFrontEnd.PytorchFid : InceptionFrontEnd.TorchFidelity;
        if (choice.NeedsFeatures)
        {
            var features = new InceptionFeatures(network, Network, FrontEnd, device);
            OfPictures.Add(features);
            OfReal.Add(features);
        }

        if (choice.Has(MetricNames.InceptionScore))
        {
            OfPictures.Add(new InceptionLogits(network, Network, call.Get(EvaluateOptions.ScoreResizing) == "ditfastattn", device));
        }
    }

    private PairSimilarity Pairs(VerbCall call, MetricChoice choice, PictureSet pictures, PictureSet references)
    {
        if (!choice.Has(MetricNames.Lpips))
        {
            return PairSimilarity.Of(pictures, references, lpips: null, "");
        }

        var net = call.Get(EvaluateOptions.LpipsNetwork)!;
        var lpips = Own(Lpips.Load(net == "alex" ? LpipsNet.Alex : LpipsNet.Squeeze, call.Get(EvaluateOptions.LpipsBackbone)!, call.Get(EvaluateOptions.LpipsHeads)));
        return PairSimilarity.Of(pictures, references, lpips, $"lpips {net} {WeightFingerprint.Of(lpips)}");
    }

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
