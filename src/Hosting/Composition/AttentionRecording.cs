using TorchSharp;

namespace DiTFastAttn.Hosting.Composition;

/// <summary>
/// Copies of what sites were given and what strategies made of it, as <see cref="CompositionExtensions.UseRecording"/> takes them. It owns
/// the copies until it is cleared or disposed; a long recording is large: 2·B·L·d elements a call.
/// </summary>
/// <param name="sites">Which sites to record by their names, or <see langword="null"/> for all.</param>
public sealed class AttentionRecording(Predicate<string>? sites = null) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<RecordedCall> _calls = [];
    private bool _disposed;

    /// <summary>The calls so far, in the order in which they ended.</summary>
    public IReadOnlyList<RecordedCall> Calls
    {
        get
        {
            lock (_lock)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>Frees the copies and begins anew.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            foreach (var call in _calls)
            {
                call.Tokens.Dispose();
                call.Output.Dispose();
            }

            _calls.Clear();
        }
    }

    /// <summary>Frees the copies and records no more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            Clear();
        }
    }

    internal void Add(string strategy, in AttentionCall call, torch.Tensor output)
    {
        if (sites is not null && !sites(call.Site.Name))
        {
            return;
        }

        // Copies: the model goes on with both, and a generation's dispose scope ends before the recording does.
        var recorded = new RecordedCall(call.Site.Name, call.Step, strategy, Copy(call.Hidden), Copy(output));
        lock (_lock)
        {
            if (_disposed)
            {
                recorded.Tokens.Dispose();
                recorded.Output.Dispose();
                return;
            }

            _calls.Add(recorded);
        }
    }

    private static torch.Tensor Copy(torch.Tensor tensor)
    {
        using var noGrad = torch.no_grad();
        return tensor.clone().DetachFromDisposeScope();
    }
}
