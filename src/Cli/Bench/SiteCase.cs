using DiTFastAttn.Benchmarks.Attention;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using TorchSharp;

namespace DiTFastAttn.Cli.Bench;

/// <summary>A strategy at a whole site, projections included, as a plan would run it one step after a <c>full</c> one.</summary>
/// <param name="strategy">The strategy's id.</param>
internal sealed class SiteCase(string strategy) : IAttentionBenchmarkCase
{
    /// <summary>The paper's strategies, and the window without its residual.</summary>
    public static IReadOnlyList<SiteCase> All { get; } = [.. new[] { "full", "wa", "wars", "asc", "wars+asc", "ast" }.Select(id => new SiteCase(id))];

    /// <inheritdoc/>
    public string Strategy => strategy;

    /// <inheritdoc/>
    public string Layer => "site";

    /// <inheritdoc/>
    /// <remarks>A batch is two guidance halves where it is even; strategies that need guidance have no case where it is not.</remarks>
    public IAttentionMeasurement? Prepare(AttentionBenchmarkSetting setting)
    {
        var guidance = setting.Shape.Batch % 2 == 0 ? Guidance.ConditionalFirst : Guidance.None;
        return guidance == Guidance.None && new ProcessorCatalog().GetProcessor(strategy).Traits.NeedsGuidance
            ? null
            : new Measurement(strategy, setting, guidance);
    }

    private sealed class Measurement : IAttentionMeasurement
    {
        private readonly string[] _row;
        private readonly AttentionBenchmarkSetting _setting;
        private readonly SelfAttention _layer;
        private readonly AttachedModel _attached;
        private readonly TrialRun _run;
        private readonly torch.Tensor _hidden;

        public Measurement(string strategy, AttentionBenchmarkSetting setting, Guidance guidance)
        {
            _row = [strategy];
            _setting = setting;
            var shape = setting.Shape;
            var (width, heads, headWidth) = ((int)shape.Width, (int)shape.Heads, (int)shape.HeadWidth);
            _layer = new SelfAttention(width, heads, headWidth, bias: true, outputBias: true);
            _layer.to(setting.Device, setting.Dtype);
            _layer.eval();
            _attached = AttachedModel.Attach(_layer, new ProcessorCatalog(), setting.Kernel, AttentionWindow.Tokens((int)shape.Window));
            using var random = torch.randn([shape.Batch, shape.Tokens, width], torch.ScalarType.Float32, torch.CPU);
            _hidden = random.to(setting.Dtype, setting.Device);

            // A full step leaves what the strategy reads; the trials after it leave nothing, so that each finds the same.
            _run = _attached.BeginTrialRun(guidance);
            using (_run.Take(["full"]))
            {
                _layer.forward(_hidden).Dispose();
            }

            Flops = 2.0 * _attached.Processors.GetProcessor(strategy).Cost(shape).Total;
        }

        public string Kernel => ReferenceEquals(_setting.Kernel, AttentionKernels.Default) ? KernelOfDefault() : _setting.Kernel.Name;

        public double Flops { get; }

        public void Compute()
        {
            using (_run.Try(_row))
            {
                _layer.forward(_hidden).Dispose();
            }

            if (_setting.Device.type == DeviceType.CUDA)
            {
                torch.cuda.synchronize(_setting.Device);
            }
        }

        public void Dispose()
        {
            _run.Dispose();
            _attached.Dispose();
            _hidden.Dispose();
            _layer.Dispose();
        }

        private string KernelOfDefault()
        {
            using var input = ((SelfAttentionSite)_attached.Sites[0]).Project(_hidden);
            return AttentionKernels.For(input).Name;
        }
    }
}
