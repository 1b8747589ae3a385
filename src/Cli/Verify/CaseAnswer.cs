using System.Text.Json.Nodes;
using TorchSharp;

namespace DiTFastAttn.Cli.Verify;

/// <summary>What this build computes for a case: tensors by name, and the JSON object <c>out</c>.</summary>
internal sealed class CaseAnswer : IDisposable
{
    private readonly List<(string Name, torch.Tensor Tensor)> _tensors = [];

    /// <summary>Outputs that are not tensors; a tolerance <c>out.plan</c> speaks of the field <c>plan</c>.</summary>
    public JsonObject Out { get; } = [];

    /// <summary>The answers of a case whose <c>out</c> is a list, one for each of its inputs.</summary>
    public JsonArray? OutList { get; set; }

    /// <summary>The judgement of a kind whose cases say in words what is right; the tolerances are then not asked.</summary>
    public ComparedOutput? Verdict { get; set; }

    /// <summary>Adds a tensor; takes it over. A case that can be computed in several ways adds one for each.</summary>
    /// <param name="name"><c>out.*</c> or <c>mid.*</c>.</param>
    /// <param name="tensor">The result.</param>
    public void Add(string name, torch.Tensor tensor) => _tensors.Add((name, tensor.DetachFromDisposeScope()));

    /// <summary>Adds a tensor of numbers.</summary>
    public void Add(string name, IEnumerable<double> numbers) => Add(name, torch.tensor(numbers.ToArray()));

    /// <summary>All tensors of a name; they stay this object's.</summary>
    public IEnumerable<torch.Tensor> TensorsOf(string name) => _tensors.Where(entry => entry.Name == name).Select(entry => entry.Tensor);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, tensor) in _tensors)
        {
            tensor.Dispose();
        }
    }
}
