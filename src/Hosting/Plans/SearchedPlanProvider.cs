using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DiTFastAttn.Hosting.Plans;

/// <summary>
/// Searches a plan at the first need of each kind of run (model and weights, steps, guidance and its scale, scheduler, tokens, resolution, dtype) and remembers it: in
/// memory, and in a folder where there is one. Threads that need the same plan meanwhile wait for it.
/// </summary>
/// <remarks>
/// Weights are looked at once for each attachment: detach a model before its weights are changed.
/// </remarks>
public sealed class SearchedPlanProvider : IPlanProvider
{
    private readonly Func<PlanRequest, AttentionPlan> _search;
    private readonly Func<PlanRequest, string>? _settings;
    private readonly string? _folder;
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>A provider around a search.</summary>
    /// <param name="search">Searches the plan for a run; reports to the request's progress and ends with its cancellation.</param>
    /// <param name="folder">Where plans outlive the program, or <see langword="null"/>. Made where it is missing.</param>
    /// <param name="settings">What the plan depends on beside the run, as a text: plans of other settings are not taken from the folder.</param>
    public SearchedPlanProvider(Func<PlanRequest, AttentionPlan> search, string? folder = null, Func<PlanRequest, string>? settings = null)
    {
        ArgumentNullException.ThrowIfNull(search);
        _search = search;
        _folder = folder;
        _settings = settings;
    }

    /// <inheritdoc/>
    /// <exception cref="OperationCanceledException">The search was ended; the next need begins it anew.</exception>
    /// <exception cref="FormatException">The folder has a file for this plan that is not a plan.</exception>
    /// <exception cref="IOException">The folder cannot be read or written.</exception>
    public AttentionPlan GetPlan(PlanRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        PlanProfiles.RefuseProfile(request);
        var kind = Describe(request);
        var entry = _entries.GetOrAdd(kind, static _ => new Entry());
        if (entry.Plan is { } known)
        {
            return known;
        }

        // Not a Lazy: whoever waits for a search that somebody else ends goes on searching himself.
        entry.Turn.Wait(request.Cancellation);
        try
        {
            return entry.Plan ??= Find(request, kind);
        }
        finally
        {
            entry.Turn.Release();
        }
    }

    private AttentionPlan Find(PlanRequest request, string kind)
    {
        if (_folder is null)
        {
            return _search(request);
        }

        // Before the search: minutes are not to be lost to a folder that cannot be written.
        Directory.CreateDirectory(_folder);
        var path = Path.Combine(_folder, FileName(request, kind));
        if (File.Exists(path))
        {
            return PlanFile.Load(path);
        }

        var plan = _search(request);
        PlanFile.Save(plan, path);
        return plan;
    }

    private string Describe(PlanRequest request)
    {
        var run = request.Run;
        var sites = string.Join(';', request.Model.Fingerprint.Sites.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name} {s.Heads} {s.HeadWidth}")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{request.Model.Fingerprint.Name}|{sites}|{run.Steps}|{run.Guidance}|{run.GuidanceScale}|{run.Scheduler}|{run.Tokens}|{run.Resolution}|{run.Dtype}|{WeightDigest.Of(request.Model)}|{_settings?.Invoke(request)}");
    }

    private static string FileName(PlanRequest request, string kind)
    {
        var model = string.Concat(request.Model.Fingerprint.Name.Where(char.IsAsciiLetterOrDigit));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(kind)))[..16];
        return string.Create(CultureInfo.InvariantCulture, $"{model}-{request.Run.Steps}-{hash}.plan.json");
    }

    private sealed class Entry
    {
        private volatile AttentionPlan? _plan;

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public AttentionPlan? Plan
        {
            get => _plan;
            set => _plan = value;
        }
    }
}
