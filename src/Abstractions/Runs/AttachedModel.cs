using DiTFastAttn.Runs;
using DiTFastAttn.Wrapping;
using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// A model whose attention sites go through processors. Attaching changes no parameter and no state-dict key; disposing
/// puts plain attention back. The model itself still belongs to the caller.
/// </summary>
public sealed class AttachedModel : IDisposable
{
    private static readonly Lock AttachLock = new();

    private readonly List<(IAttentionSiteHost Host, IReadOnlyList<AttentionSite> Sites)> _hosts;
    private readonly IProcessorCatalog _catalog;
    private readonly IPlanProvider? _plans;
    private readonly WrappedModules _wrapped;
    private int _openRuns;
    private bool _disposed;

    private AttachedModel(
        torch.nn.Module model,
        List<(string Path, IAttentionSiteHost Host, IReadOnlyList<AttentionSite> Sites)> hosts,
        WrappedModules wrapped,
        IProcessorCatalog catalog,
        IAttentionKernel kernel,
        AttentionWindow window,
        IPlanProvider? plans,
        bool subLayers,
        StateStorage storage)
    {
        StateStorage = storage;
        _catalog = catalog;
        _plans = plans;
        _wrapped = wrapped;
        Model = model;
        Kernel = kernel;
        Window = window;
        _hosts = hosts.ConvertAll(h => (h.Host, h.Sites));
        var all = new List<AttentionSite>();
        foreach (var (path, _, sites) in hosts)
        {
            foreach (var site in sites.Where(site => subLayers || site.Kind != SiteKind.SubLayer))
            {
                site.BelongTo(this, all.Count, SiteName(path, site.DeclaredName));
                all.Add(site);
            }
        }

        Sites = all;
        Fingerprint = new ModelFingerprint(model.GetName(), all.ConvertAll(s => new SiteFingerprint(s.Name, s.Heads, s.HeadWidth) { SubLayer = (s as SubLayerSite)?.MultiplyAccumulates ?? 0 }));
    }

    /// <summary>The model; stays the caller's.</summary>
    public torch.nn.Module Model { get; }

    /// <summary>The sites in forward order: the columns of a plan.</summary>
    public IReadOnlyList<AttentionSite> Sites { get; }

    /// <summary>What plans of this model are checked against.</summary>
    public ModelFingerprint Fingerprint { get; }

    /// <summary>The kernel that strategies compute with.</summary>
    public IAttentionKernel Kernel { get; }

    /// <summary>The window for plans that are made here.</summary>
    public AttentionWindow Window { get; }

    /// <summary>How its runs keep residuals and outputs.</summary>
    public StateStorage StateStorage { get; }

    /// <summary>The strategies that plans may name.</summary>
    public IProcessorCatalog Processors => _catalog;

    /// <summary>How many modules of the model <c>[WrapAttention]</c> adapters stand for.</summary>
    public int WrappedModuleCount => _wrapped.Count;

    /// <summary>Finds the model's sites and routes them through processors.</summary>
    /// <param name="model">A model with declared sites, or with modules that <c>[WrapAttention]</c> names; stays the caller's.</param>
    /// <param name="catalog">The strategies that plans may name.</param>
    /// <param name="kernel">The kernel to compute with.</param>
    /// <param name="window">The window for plans that are made here.</param>
    /// <param name="plans">Chooses plans for <see cref="BeginRun(RunRequest)"/>; may be left out where every run brings its own.</param>
    /// <param name="wrappings">What is wrapped in the model; where left out, all that the loaded assemblies declare with <c>[assembly: WrapAttention]</c>.</param>
    /// <param name="subLayers">
    /// Whether sub-layers that are no attention (<see cref="SiteKind.SubLayer"/>) are columns of plans too; where not, they compute as they are declared.
    /// </param>
    /// <param name="storage">How runs keep residuals and outputs; as they were computed where left out.</param>
    /// <exception cref="ArgumentException">The model has no site, or two of one name, or a module that cannot be wrapped where it stands.</exception>
    /// <exception cref="InvalidOperationException">The model is attached already, or a member that a wrapping names is not there.</exception>
    public static AttachedModel Attach(
        torch.nn.Module model,
        IProcessorCatalog catalog,
        IAttentionKernel kernel,
        AttentionWindow window,
        IPlanProvider? plans = null,
        IReadOnlyList<ModuleWrapping>? wrappings = null,
        bool subLayers = false,
        StateStorage? storage = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(kernel);
        lock (AttachLock)
        {
            var hosts = new List<(string Path, IAttentionSiteHost Host, IReadOnlyList<AttentionSite> Sites)>();
            var wrapped = WrappedModules.Find(model, wrappings ?? ModuleWrappings.Registered);
            foreach (var (path, module) in wrapped.Modules)
            {
                AddHost(hosts, path, module);
                foreach (var (adapterPath, adapter) in wrapped.At(path, module))
                {
                    AddHost(hosts, adapterPath, adapter);
                }
            }

            if (!hosts.Exists(host => host.Sites.Any(site => subLayers || site.Kind != SiteKind.SubLayer)))
            {
                throw new ArgumentException(
                    $"model '{model.GetName()}' has no attention site: mark a partial method of its attention module with [AttentionSite], "
                        + $"or wrap it with [assembly: WrapAttention(…)] and, in AddDiTFastAttn, WrapModel<…>() where its source is not yours. {wrapped.LeftAlone}".TrimEnd(),
                    nameof(model));
            }

            var attached = new AttachedModel(model, hosts, wrapped, catalog, kernel, window, plans, subLayers, storage ?? StateStorage.AsComputed);
            var twice = attached.Sites.GroupBy(s => s.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
            if (twice is not null)
            {
                throw new ArgumentException($"model '{model.GetName()}' has {twice.Count()} sites named '{twice.Key}': site names have to be unique.", nameof(model));
            }

            wrapped.Swap();
            foreach (var (host, sites) in attached._hosts)
            {
                host.ConnectSites(sites);
            }

            return attached;
        }
    }

    /// <summary>Begins a generation with the plan that the plan provider chooses.</summary>
    /// <param name="request">What the run will be.</param>
    /// <exception cref="InvalidOperationException">There is no plan provider.</exception>
    /// <exception cref="PlanMismatchException">The plan does not fit the model or the request.</exception>
    public AttentionRun BeginRun(RunRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return BeginRun(AskForPlan(new PlanRequest(this, request)), request);
    }

    /// <summary>Begins a generation of so many steps with the plan that the plan provider chooses.</summary>
    /// <param name="steps">Denoising steps T.</param>
    /// <param name="guidance">How the batch is laid out.</param>
    public AttentionRun BeginRun(int steps, Guidance guidance) => BeginRun(new RunRequest(steps, guidance));

    /// <summary>Begins a generation with a plan.</summary>
    /// <param name="plan">The plan; checked here, before the first step.</param>
    /// <param name="request">What the run will be.</param>
    /// <exception cref="PlanMismatchException">The plan does not fit the model or the request.</exception>
    public AttentionRun BeginRun(AttentionPlan plan, RunRequest request)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(request);
        ObjectDisposedException.ThrowIf(_disposed, this);
        _wrapped.Refresh();
        return new AttentionRun(this, plan, PlanBinding.Bind(plan, this, request, _catalog), request);
    }

    /// <summary>
    /// Has the plan provider find the plan for a run, which takes minutes where it searches one; runs of that kind then begin at once, if it
    /// remembers its plans. The plan is checked as when a run begins.
    /// </summary>
    /// <param name="request">What the run will be.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Ends a search.</param>
    /// <exception cref="InvalidOperationException">There is no plan provider.</exception>
    /// <exception cref="PlanMismatchException">The plan does not fit the model or the request.</exception>
    /// <exception cref="OperationCanceledException">The search was ended.</exception>
    public AttentionPlan PreparePlan(RunRequest request, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var plan = AskForPlan(new PlanRequest(this, request) { Progress = progress, Cancellation = cancellation });
        Check(plan, request);
        return plan;
    }

    /// <summary>Checks a plan against this model and a request without beginning a run.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="request">What the run would be.</param>
    /// <exception cref="PlanMismatchException">The plan does not fit.</exception>
    public void Check(AttentionPlan plan, RunRequest request) => _ = PlanBinding.Bind(plan, this, request, _catalog);

    /// <summary>Everything of a plan that does not fit this model and a request, one line each; none where the plan can be run.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="request">What the run would be.</param>
    public IReadOnlyList<string> FindMismatches(AttentionPlan plan, RunRequest request)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(request);
        return [.. PlanBinding.Mismatches(plan, this, request, _catalog)];
    }

    /// <summary>Begins a generation in which a search tries rows before it takes them.</summary>
    /// <param name="guidance">How the batch is laid out.</param>
    /// <param name="window">The window, or <see langword="null"/> for <see cref="Window"/>.</param>
    public TrialRun BeginTrialRun(Guidance guidance, AttentionWindow? window = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _wrapped.Refresh();
        return new TrialRun(this, _catalog, guidance, window ?? Window);
    }

    /// <summary>Puts plain attention back.</summary>
    /// <exception cref="InvalidOperationException">A run is still open.</exception>
    public void Dispose()
    {
        lock (AttachLock)
        {
            if (_disposed)
            {
                return;
            }

            if (_openRuns > 0)
            {
                throw new InvalidOperationException($"{_openRuns} run(s) of this model are still open: dispose them before the model is detached.");
            }

            _disposed = true;
            _wrapped.Restore();
            foreach (var (host, _) in _hosts)
            {
                host.ConnectSites(null);
            }
        }
    }

    internal void Opened()
    {
        lock (AttachLock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _openRuns++;
        }
    }

    internal void Closed()
    {
        lock (AttachLock)
        {
            _openRuns--;
        }
    }

    private AttentionPlan AskForPlan(PlanRequest request)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var plans = _plans ?? throw new InvalidOperationException(
            "no plan provider was chosen: use .UsePlan(…) or .UsePlanFile(…) in AddDiTFastAttn, or pass a plan to BeginRun.");
        return plans.GetPlan(request) ?? throw new InvalidOperationException($"the plan provider {plans.GetType().Name} returned null: a plan is wanted.");
    }

    private static void AddHost(
        List<(string Path, IAttentionSiteHost Host, IReadOnlyList<AttentionSite> Sites)> hosts, string path, torch.nn.Module module)
    {
        if (module is not IAttentionSiteHost host)
        {
            return;
        }

        if (host.SitesConnected)
        {
            throw new InvalidOperationException(
                $"module '{(path.Length == 0 ? module.GetName() : path)}' is attached already: dispose the first AttachedModel before attaching again.");
        }

        hosts.Add((path, host, host.CreateSites()));
    }

    private static string SiteName(string path, string? declared)
        => (path, declared) switch
        {
            ("", null) => "attention",
            ("", _) => declared,
            (_, null) => path,
            _ => path + "." + declared,
        };
}
