using static TorchSharp.torch;

namespace DiTFastAttn.Processors.Tests.Strategies;

/// <summary>
/// SEMANTICS.md word by word, with dense masks in float64 attention and nothing shared: residual and output are always kept,
/// for both halves. Strategies, liveness and kernels have to agree with it.
/// </summary>
internal sealed class LayerOracle(Layer layer, Guidance guidance, int window)
{
    private Tensor? _residual;
    private Tensor? _output;

    public Tensor Step(string id, Tensor hidden)
    {
        var half = hidden.shape[0] / 2;
        var start = guidance == Guidance.ConditionalLast ? half : 0;
        switch (id)
        {
            case "full":
                return _output = Full(hidden, shared: false);
            case "asc":
                return _output = Twice(Full(hidden.narrow(0, start, half), shared: true));
            case "wa":
                return _output = layer.ProjectOut(Attend(hidden, window));
            case "wars":
                return _output = layer.ProjectOut(Attend(hidden, window).add(_residual!));
            case "wars+asc":
                return _output = Twice(layer.ProjectOut(Attend(hidden.narrow(0, start, half), window).add(_residual!.narrow(0, start, half))));
            case "ast":
                return _output!;
            default:
                throw new ArgumentOutOfRangeException(nameof(id), id, "not a strategy");
        }
    }

    private static Tensor Twice(Tensor half) => cat([half, half], 0);

    private Tensor Full(Tensor hidden, bool shared)
    {
        var full = Attend(hidden, int.MaxValue);
        var residual = full.sub(Attend(hidden, window));
        _residual = shared ? Twice(residual) : residual;
        return layer.ProjectOut(full);
    }

    private Tensor Attend(Tensor hidden, int reach)
    {
        var (query, key, value) = layer.ProjectQkv(hidden);
        var (q, k, v) = (query.to(ScalarType.Float64), key.to(ScalarType.Float64), value.to(ScalarType.Float64));
        var scores = q.matmul(k.transpose(2, 3)).div(Math.Sqrt(layer.HeadWidth));
        var index = arange(hidden.shape[1]);
        var far = index.unsqueeze(0).sub(index.unsqueeze(1)).abs().gt(reach);
        return scores.masked_fill(far, double.NegativeInfinity).softmax(3).matmul(v).to(ScalarType.Float32);
    }
}
