using TorchSharp;

namespace DiTFastAttn.Wrapping;

/// <summary>One place that holds a module.</summary>
/// <param name="Module">The module that it held when the model was looked through.</param>
/// <param name="Name">The place below its owner, for a module that is not registered: <c>attn</c>, <c>blocks.3</c>.</param>
/// <param name="Read">What it holds now.</param>
/// <param name="Write">Puts another object there.</param>
internal sealed record HeldModule(torch.nn.Module Module, string Name, Func<object?> Read, Action<object> Write);
