using System.Diagnostics.CodeAnalysis;
using DiTFastAttn.Processors;
using TorchSharp;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>
/// The built-in strategies, watched: after each call whose residual the run keeps, the residual is read back from the run
/// as a later step would read it.
/// </summary>
internal sealed class ResidualRecorder : IProcessorCatalog, IDisposable
{
    private readonly ProcessorCatalog _catalog = new();
    private readonly Dictionary<string, IAttentionProcessor> _watched = new(StringComparer.Ordinal);
    private readonly Dictionary<int, torch.Tensor> _residuals = [];

    /// <summary>Residuals <c>[B, H, L, D]</c> by the step that stored them; they belong to this object.</summary>
    public IReadOnlyDictionary<int, torch.Tensor> Residuals => _residuals;

    /// <inheritdoc/>
    public IReadOnlyList<string> Ids => _catalog.Ids;

    /// <inheritdoc/>
    public bool TryGet(string id, [NotNullWhen(true)] out IAttentionProcessor? processor)
    {
        if (!_watched.TryGetValue(id, out processor) && _catalog.TryGet(id, out var inner))
        {
            _watched[id] = processor = new Watched(inner, this);
        }

        return processor is not null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var residual in _residuals.Values)
        {
            residual.Dispose();
        }
    }

    private sealed class Watched(IAttentionProcessor inner, ResidualRecorder recorder) : IAttentionProcessor
    {
        public ProcessorTraits Traits => inner.Traits;

        public torch.Tensor Attend(in AttentionCall call)
        {
            var output = inner.Attend(call);
            if (call.KeepsResidual)
            {
                using var residual = call.ReadResidual();
                recorder._residuals.Add(call.Step, residual.clone());
            }

            return output;
        }

        public AttentionCost Cost(in SiteShape shape) => inner.Cost(shape);
    }
}
