using System.Globalization;
using DiTFastAttn.Evaluation.Perceptual;
using DiTFastAttn.Models;
using DiTFastAttn.Models.DiT;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation;

/// <summary>LPIPS 0.1 (Zhang et al. 2018, arXiv 1801.03924): how different two pictures look; 0 for equal ones.</summary>
/// <remarks>Parameters are zero until <see cref="LoadWeights"/>. Nothing is trained. Not to be constructed inside a dispose scope.</remarks>
public sealed class Lpips : Module<Tensor, Tensor, Tensor>
{
    private static readonly float[] Shift = [-.030f, -.088f, -.188f];
    private static readonly float[] Scale = [.458f, .448f, .450f];

    private readonly LpipsBackbone net;
    private readonly List<LinearHead> _heads = [];
    private readonly LpipsNet _kind;

    /// <summary>Makes the network.</summary>
    /// <param name="kind">Whose features are compared.</param>
    public Lpips(LpipsNet kind)
        : base(nameof(Lpips))
    {
        _kind = kind;
        net = new LpipsBackbone(kind);
        RegisterComponents();
        foreach (var channels in LpipsBackbone.Channels(kind))
        {
            _heads.Add(new LinearHead(channels));
            register_module(string.Create(CultureInfo.InvariantCulture, $"lin{_heads.Count - 1}"), _heads[^1]);
        }
    }

    /// <summary>Where the small constant stands.</summary>
    public LpipsEpsilon Epsilon { get; init; }

    /// <summary>Makes the network and loads its weights from the files they are published in.</summary>
    /// <param name="kind">Whose features are compared.</param>
    /// <param name="backbone">torchvision's file of the network, for example <c>alexnet-owt-7be5be79.pth</c>, or a file of the whole.</param>
    /// <param name="heads">The package's file of the channels' weights, <c>weights/v0.1/alex.pth</c>; not needed beside a file of the whole.</param>
    /// <returns>The network in evaluation mode; the caller owns it.</returns>
    /// <exception cref="WeightFileException">A file is missing or damaged, or its tensors do not fit.</exception>
    public static Lpips Load(LpipsNet kind, string backbone, string? heads = null)
    {
        using var first = WeightFile.Open(backbone);
        using var second = heads is null ? null : WeightFile.Open(heads);
        return Layers.Ready(new Lpips(kind), lpips => lpips.LoadWeights(second is null ? [first] : [first, second]));
    }

    /// <summary>Loads weights: torchvision's names (<c>features.0.weight</c>; its classifier is passed over) or the package's (<c>net.slice1.0.weight</c>, <c>lin0.model.1.weight</c>).</summary>
    /// <param name="sources">One or two sources that hold all parameters together; stay the caller's.</param>
    /// <exception cref="WeightFileException">They do not fit.</exception>
    public void LoadWeights(params IReadOnlyList<IWeightSource> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        new JoinedWeights([.. sources.Select(source => source.Renamed(ParameterOf))]).LoadInto(this);
    }

    /// <summary>Differences of pairs.</summary>
    /// <param name="a"><c>[B, 3, H, W]</c> in [−1, 1]; stays the caller's.</param>
    /// <param name="b"><c>[B, 3, H, W]</c></param>
    /// <returns><c>[B]</c>; the caller owns it.</returns>
    public override Tensor forward(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return PerLayer(a, b).sum(dim: 0).MoveToOuterDisposeScope();
    }

    /// <summary>What each layer adds to the differences of pairs.</summary>
    /// <param name="a"><c>[B, 3, H, W]</c> in [−1, 1]; stays the caller's.</param>
    /// <param name="b"><c>[B, 3, H, W]</c></param>
    /// <returns><c>[layers, B]</c>; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The shapes differ, or are no pictures.</exception>
    public Tensor PerLayer(Tensor a, Tensor b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.shape is not [_, 3, _, _] || !a.shape.SequenceEqual(b.shape))
        {
            throw new ArgumentException($"LPIPS compares two [B, 3, H, W] of one shape; given are [{string.Join(", ", a.shape)}] and [{string.Join(", ", b.shape)}].", nameof(b));
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (first, second) = (net.Features(Normalize(a)), net.Features(Normalize(b)));
        return stack([.. _heads.Select((head, i) => Difference(head, first[i], second[i]))], 0).MoveToOuterDisposeScope();
    }

    /// <summary>[B, C, h, w] of both -> [B]</summary>
    private Tensor Difference(LinearHead head, Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        var difference = Unit(a) - Unit(b);
        return head.forward(difference * difference).mean([1, 2, 3]).MoveToOuterDisposeScope();
    }

    private Tensor Unit(Tensor features)
    {
        var squares = (features * features).sum(1, keepdim: true); // [B, 1, h, w]
        return features / (Epsilon == LpipsEpsilon.Lpips ? squares.sqrt() + 1e-10 : (squares + 1e-8).sqrt());
    }

    private static Tensor Normalize(Tensor x) => (x.to(ScalarType.Float32) - Channels(Shift)) / Channels(Scale);

    private static Tensor Channels(float[] values) => tensor(values).view(1, 3, 1, 1);

    private string? ParameterOf(string key)
        => key.StartsWith("lins.", StringComparison.Ordinal) || key.StartsWith("scaling_layer.", StringComparison.Ordinal) ? null : LpipsBackbone.ParameterOf(key, _kind);
}
