using TorchSharp;

namespace DiTFastAttn.Hosting;

/// <summary>A class of models whose modules somebody wants to be wrapped.</summary>
/// <param name="Name">The class, for messages.</param>
/// <param name="Is">Whether a module is of it.</param>
internal sealed record WrappedModelRegistration(string Name, Func<torch.nn.Module, bool> Is);
