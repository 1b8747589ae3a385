using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>stdit.keys</c>: names, shapes and order of the state dict, which of them are buffers, and the number of parameters.</summary>
internal sealed class STDiTKeys : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "stdit.keys";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = STDiTCase.MakeModel(file.Config);
        answer.Out["keys"] = new JsonArray([.. Entries(model, "").Select(entry => KeyLists.Row(entry.Name, entry.Tensor.shape))]);
        answer.Out["buffers"] = new JsonArray([.. Entries(model, "").Where(entry => entry.IsBuffer).Select(entry => JsonValue.Create(entry.Name))]);
        answer.Out["parameters"] = model.parameters().Sum(parameter => parameter.numel());
    }

    /// <summary>The order of Python's state dict: a module's parameters, its buffers, then its submodules.</summary>
    private static IEnumerable<(string Name, Tensor Tensor, bool IsBuffer)> Entries(nn.Module module, string prefix)
        => module.named_parameters(recurse: false).Select(p => (prefix + p.name, (Tensor)p.parameter, false))
            .Concat(module.named_buffers(recurse: false).Select(b => (prefix + b.name, b.buffer, true)))
            .Concat(module.named_children().SelectMany(child => Entries(child.module, $"{prefix}{child.name}.")));
}
