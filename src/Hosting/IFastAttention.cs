using TorchSharp;

namespace DiTFastAttn.Hosting;

/// <summary>The service: attaches models.</summary>
public interface IFastAttention
{
    /// <summary>Routes the attention sites of a model through processors, until the result is disposed.</summary>
    /// <param name="model">A model with declared sites, or one that <see cref="DiTFastAttnBuilder.WrapModel"/> names; stays the caller's.</param>
    /// <exception cref="ArgumentException">The model has no site, or two of one name.</exception>
    /// <exception cref="InvalidOperationException">The model is attached already, or it is to be wrapped and nothing in it can be.</exception>
    AttachedModel Attach(torch.nn.Module model);
}
