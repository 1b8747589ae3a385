using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Cli.Bench;

/// <summary>A chain of as many attention sites as DiT-XL/2 has, and the same chain written by hand.</summary>
internal sealed class DispatchProbe : Module<Tensor, Tensor>
{
    /// <summary>Sites a call.</summary>
    public const int Sites = 28;

    private readonly ModuleList<DispatchSite> sites = [];

    public DispatchProbe()
        : base(nameof(DispatchProbe))
    {
        for (var i = 0; i < Sites; i++)
        {
            sites.Add(new DispatchSite());
        }

        RegisterComponents();
    }

    /// <summary>Through the generated code.</summary>
    public override Tensor forward(Tensor hidden) => Chain(hidden, static (site, x) => site.forward(x));

    /// <summary>By hand, with torch's attention.</summary>
    public Tensor ForwardDirectly(Tensor hidden) => Chain(hidden, static (site, x) => site.AttendDirectly(x));

    /// <summary>By hand, without attention.</summary>
    public Tensor PassDirectly(Tensor hidden) => Chain(hidden, static (site, x) => site.PassDirectly(x));

    private Tensor Chain(Tensor hidden, Func<DispatchSite, Tensor, Tensor> call)
    {
        var x = hidden.alias();
        foreach (var site in sites)
        {
            var next = call(site, x);
            x.Dispose();
            x = next;
        }

        return x;
    }
}
