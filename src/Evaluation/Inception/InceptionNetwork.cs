using DiTFastAttn.Evaluation.Inception;
using DiTFastAttn.Models;
using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation;

/// <summary>
/// The network behind FID and the Inception Score: Inception v3 (Szegedy et al. 2015, arXiv 1512.00567) as the TensorFlow graph of 2015-12-05 has it, in the
/// layout of pytorch-fid's and torch-fidelity's weight file. It differs from torchvision's in its pooling and its 1008 classes.
/// </summary>
/// <remarks>Parameters are zero until <see cref="LoadWeights"/>. Nothing is trained. Not to be constructed inside a dispose scope.</remarks>
public sealed class InceptionNetwork : Module<Tensor, Tensor>
{
    private readonly BasicConv Conv2d_1a_3x3;
    private readonly BasicConv Conv2d_2a_3x3;
    private readonly BasicConv Conv2d_2b_3x3;
    private readonly BasicConv Conv2d_3b_1x1;
    private readonly BasicConv Conv2d_4a_3x3;
    private readonly InceptionA Mixed_5b;
    private readonly InceptionA Mixed_5c;
    private readonly InceptionA Mixed_5d;
    private readonly InceptionB Mixed_6a;
    private readonly InceptionC Mixed_6b;
    private readonly InceptionC Mixed_6c;
    private readonly InceptionC Mixed_6d;
    private readonly InceptionC Mixed_6e;
    private readonly InceptionD Mixed_7a;
    private readonly InceptionE Mixed_7b;
    private readonly InceptionE Mixed_7c;
    private readonly Linear fc;

    /// <summary>Makes the network.</summary>
    /// <param name="device">Where its parameters lie; on <see cref="META"/> they have names and shapes, and no memory.</param>
    public InceptionNetwork(Device? device = null)
        : base(nameof(InceptionNetwork))
    {
        Conv2d_1a_3x3 = BasicConv.Square(3, 32, 3, device, stride: 2);
        Conv2d_2a_3x3 = BasicConv.Square(32, 32, 3, device);
        Conv2d_2b_3x3 = BasicConv.Square(32, 64, 3, device, padding: 1);
        Conv2d_3b_1x1 = BasicConv.Square(64, 80, 1, device);
        Conv2d_4a_3x3 = BasicConv.Square(80, 192, 3, device);
        Mixed_5b = new InceptionA(192, 32, device);
        Mixed_5c = new InceptionA(256, 64, device);
        Mixed_5d = new InceptionA(288, 64, device);
        Mixed_6a = new InceptionB(288, device);
        Mixed_6b = new InceptionC(128, device);
        Mixed_6c = new InceptionC(160, device);
        Mixed_6d = new InceptionC(160, device);
        Mixed_6e = new InceptionC(192, device);
        Mixed_7a = new InceptionD(768, device);
        Mixed_7b = new InceptionE(1280, BranchPool.Average, device);
        Mixed_7c = new InceptionE(FeatureCount, BranchPool.Max, device);
        fc = Linear(Parameter(zeros([ClassCount, FeatureCount], device: device)), Parameter(zeros([ClassCount], device: device)));
        RegisterComponents();
    }

    /// <summary>Features of a picture.</summary>
    public static int FeatureCount => 2048;

    /// <summary>Classes that it knows, eight of which nothing belongs to.</summary>
    public static int ClassCount => 1008;

    /// <summary>Makes the network and loads its weights.</summary>
    /// <param name="path">The FID network's file, for example <c>pt_inception-2015-12-05-6726825d.pth</c>, in any format.</param>
    /// <param name="device">Where its parameters lie; the CPU where it is <see langword="null"/>.</param>
    /// <returns>The network in evaluation mode; the caller owns it.</returns>
    /// <exception cref="WeightFileException">The file is missing or damaged, or its tensors do not fit.</exception>
    public static InceptionNetwork Load(string path, Device? device = null)
    {
        using var weights = WeightFile.Open(path);
        return Layers.Ready(new InceptionNetwork(device), network => network.LoadWeights(weights));
    }

    /// <summary>Loads weights; the batch counts that files may also hold are passed over.</summary>
    /// <param name="source">The weights; stays the caller's.</param>
    /// <exception cref="WeightFileException">They do not fit.</exception>
    public void LoadWeights(IWeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        source.Renamed(key => key.EndsWith(".num_batches_tracked", StringComparison.Ordinal) ? null : key).LoadInto(this);
    }

    /// <summary>Features of pictures.</summary>
    /// <param name="input"><c>[B, 3, 299, 299]</c> as <see cref="InceptionInput.Prepare"/> makes it; stays the caller's.</param>
    /// <returns><c>[B, 2048]</c>; the caller owns it.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Activate(input).Features2048.MoveToOuterDisposeScope();
    }

    /// <summary>All that the metrics take of pictures, in one pass.</summary>
    /// <param name="input"><c>[B, 3, 299, 299]</c> as <see cref="InceptionInput.Prepare"/> makes it; stays the caller's.</param>
    /// <returns>The activations; the caller owns them.</returns>
    public InceptionActivations Activate(Tensor input)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var first = Pooling.Halve(Chain(ChannelsLast(input), Conv2d_1a_3x3, Conv2d_2a_3x3, Conv2d_2b_3x3)); // [B, 64, 73, 73]
        var second = Pooling.Halve(Chain(first, Conv2d_3b_1x1, Conv2d_4a_3x3)); // [B, 192, 35, 35]
        var third = Chain(second, Mixed_5b, Mixed_5c, Mixed_5d, Mixed_6a, Mixed_6b, Mixed_6c, Mixed_6d, Mixed_6e); // [B, 768, 17, 17]
        var features = Pooling.Mean(Chain(third, Mixed_7a, Mixed_7b, Mixed_7c)); // [B, 2048, 8, 8] -> [B, 2048]
        var unbiased = functional.linear(features, fc.weight!);
        return new InceptionActivations(
            Pooling.Mean(first).MoveToOuterDisposeScope(),
            Pooling.Mean(second).MoveToOuterDisposeScope(),
            Pooling.Mean(third).MoveToOuterDisposeScope(),
            features.MoveToOuterDisposeScope(),
            (unbiased + fc.bias!).MoveToOuterDisposeScope(),
            unbiased.MoveToOuterDisposeScope());
    }

    /// <summary>With the channels innermost in memory, which convolutions on a CPU are faster with.</summary>
    private static Tensor ChannelsLast(Tensor x) => x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private static Tensor Chain(Tensor x, params ReadOnlySpan<Module<Tensor, Tensor>> layers)
    {
        var input = x;
        foreach (var layer in layers)
        {
            var result = layer.forward(x);
            if (!ReferenceEquals(x, input))
            {
                x.Dispose();
            }

            x = result;
        }

        return x;
    }
}
