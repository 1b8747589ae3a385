using DiTFastAttn.Cli.Demo;
using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Bench;

/// <summary>A model that <c>bench sample</c> calls, with inputs for it.</summary>
internal sealed class SampleModel : IDisposable
{
    private readonly nn.Module _model;
    private readonly DisposeScope _inputs;
    private readonly Func<Tensor> _call;

    private SampleModel(string name, nn.Module model, DisposeScope inputs, Func<Tensor> call, double operations, long batch, long tokens)
    {
        (Name, _model, _inputs, _call, Operations, Batch, Tokens) = (name, model, inputs, call, operations, batch, tokens);
        Device = model.parameters().First().device;
    }

    /// <summary>The models by name; those of published sizes have random weights.</summary>
    public static IReadOnlyList<string> Names { get; } = ["shapes-dit", "dit-xl-2-block", "dit-xl-2-512", "pixart-sigma-1024", "pixart-sigma-2k"];

    public string Name { get; }

    public nn.Module Module => _model;

    /// <summary>Operations of a call: linear layers and attention of the blocks, two a multiply-accumulate.</summary>
    public double Operations { get; }

    /// <summary>B, both guidance halves.</summary>
    public long Batch { get; }

    /// <summary>L</summary>
    public long Tokens { get; }

    private torch.Device Device { get; }

    /// <summary>Makes one.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="use">Device and element type.</param>
    /// <param name="batch">B</param>
    public static SampleModel Make(string name, TorchUse use, long batch) => name switch
    {
        "shapes-dit" => OfDiT(name, DemoModel.Load().Model, use, batch),
        "dit-xl-2-block" => OfDiT(name, new MetaDiT(new MetaDiTConfig { Depth = 1, InputSize = 64 }), use, batch),
        "dit-xl-2-512" => OfDiT(name, new MetaDiT(new MetaDiTConfig { InputSize = 64 }), use, batch),
        "pixart-sigma-1024" => OfPixArt(name, new PixArtMSConfig(), use, batch),
        "pixart-sigma-2k" => OfPixArt(name, new PixArtMSConfig { InputSize = 256, PeInterpolation = 4 }, use, batch),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, $"known: {string.Join(", ", Names)}"),
    };

    /// <summary>Calls it, and waits for the device.</summary>
    public void Call()
    {
        _call().Dispose();
        if (Device.type == DeviceType.CUDA)
        {
            cuda.synchronize(Device);
        }
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _model.Dispose();
    }

    // 2·B·L·(12·d² + 2·L·d) operations a block; a token is d wide, its feed-forward 4·d.
    private static SampleModel OfDiT(string name, MetaDiT model, TorchUse use, long batch)
    {
        model.to(use.Device, use.Dtype);
        model.eval();
        var inputs = NewDisposeScope();
        var geometry = model.Geometry;
        var x = randn([batch, geometry.InChannels, geometry.InputSize, geometry.InputSize]).to(use.Dtype, use.Device);
        var t = full([batch], 500f).to(use.Dtype, use.Device);
        var y = zeros([batch], ScalarType.Int64, use.Device);
        double width = model.Config.HiddenSize;
        double tokens = geometry.Tokens;
        return new SampleModel(
            name, model, inputs, () => model.forward(x, t, y), 2 * model.Config.Depth * batch * tokens * ((12 * width * width) + (2 * tokens * width)), batch, geometry.Tokens);
    }

    // Cross-attention adds the projections of its queries, outputs and texts, and its pairs.
    private static SampleModel OfPixArt(string name, PixArtMSConfig config, TorchUse use, long batch)
    {
        var model = new PixArtMS(config);
        model.to(use.Device, use.Dtype);
        model.eval();
        var inputs = NewDisposeScope();
        var x = randn([batch, config.InChannels, config.InputSize, config.InputSize]).to(use.Dtype, use.Device);
        var t = full([batch], 500f).to(use.Dtype, use.Device);
        var condition = new PixArtCondition(randn([batch, 1, config.ModelMaxLength, config.CaptionChannels]).squeeze(1).to(use.Dtype, use.Device));
        double width = config.HiddenSize;
        double tokens = config.InputSize / config.PatchSize * (config.InputSize / config.PatchSize);
        double text = config.ModelMaxLength;
        var operations = 2 * config.Depth * batch * ((tokens * ((14 * width * width) + (2 * (tokens + text) * width))) + (2 * text * width * width));
        return new SampleModel(name, model, inputs, () => model.forward(x, t, condition), operations, batch, (long)tokens);
    }
}
