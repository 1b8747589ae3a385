using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation.Perceptual;

/// <summary>
/// AlexNet or SqueezeNet 1.1 without its classifier, cut into slices <c>slice1</c> … behind each of which features are taken. Layers keep torchvision's
/// number in <c>features</c>.
/// </summary>
internal sealed class LpipsBackbone : Module
{
    private readonly List<Module<Tensor, Tensor>> _slices = [];

    public LpipsBackbone(LpipsNet net)
        : base(nameof(LpipsBackbone))
    {
        var layers = net == LpipsNet.Alex ? Alex() : Squeeze();
        var first = 0;
        foreach (var end in net == LpipsNet.Alex ? (int[])[2, 5, 8, 10, 12] : [2, 5, 8, 10, 11, 12, 13])
        {
            var slice = Sequential([.. Enumerable.Range(first, end - first).Select(i => (i.ToString(CultureInfo.InvariantCulture), layers[i]))]);
            _slices.Add(slice);
            register_module($"slice{_slices.Count}", slice);
            first = end;
        }
    }

    /// <summary>Channels behind each slice.</summary>
    public static int[] Channels(LpipsNet net) => net == LpipsNet.Alex ? [64, 192, 384, 256, 256] : [64, 128, 256, 384, 384, 512, 512];

    /// <summary>The parameter here of a name in torchvision's file, or <see langword="null"/> for the classifier's.</summary>
    public static string? ParameterOf(string key, LpipsNet net)
    {
        var parts = key.Split('.');
        if (parts[0] != "features" || parts.Length < 3 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var layer))
        {
            return parts[0] == "classifier" ? null : key;
        }

        int[] ends = net == LpipsNet.Alex ? [2, 5, 8, 10, 12] : [2, 5, 8, 10, 11, 12, 13];
        return $"net.slice{Array.FindIndex(ends, end => layer < end) + 1}.{string.Join('.', parts[1..])}";
    }

    /// <summary>Features behind each slice, <c>[B, C, H, W]</c> each; the caller's scope owns them.</summary>
    public IReadOnlyList<Tensor> Features(Tensor x)
    {
        var features = new List<Tensor>();
        foreach (var slice in _slices)
        {
            x = slice.forward(x);
            features.Add(x);
        }

        return features;
    }

    private static Module<Tensor, Tensor>[] Alex() =>
    [
        Conv(3, 64, 11, stride: 4, padding: 2), ReLU(), new MaxPool(ceil: false),
        Conv(64, 192, 5, padding: 2), ReLU(), new MaxPool(ceil: false),
        Conv(192, 384, 3, padding: 1), ReLU(),
        Conv(384, 256, 3, padding: 1), ReLU(),
        Conv(256, 256, 3, padding: 1), ReLU(),
    ];

    private static Module<Tensor, Tensor>[] Squeeze() =>
    [
        Conv(3, 64, 3, stride: 2), ReLU(), new MaxPool(ceil: true),
        new Fire(64, 16, 64), new Fire(128, 16, 64), new MaxPool(ceil: true),
        new Fire(128, 32, 128), new Fire(256, 32, 128), new MaxPool(ceil: true),
        new Fire(256, 48, 192), new Fire(384, 48, 192), new Fire(384, 64, 256), new Fire(512, 64, 256),
    ];

    private static TorchSharp.Modules.Conv2d Conv(int inputs, int outputs, int kernel, int stride = 1, int padding = 0)
        => ConvLayers.Zero(Conv2d(inputs, outputs, kernel, stride, padding, device: META), device: null);
}
