using DiTFastAttn.Cli.Drawing;
using DiTFastAttn.Cli.Study;
using DiTFastAttn.Hosting.Plans;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Report;

/// <summary>Gathers what the sources of a report find.</summary>
/// <param name="folder">The folder that the report is of.</param>
internal sealed class ReportBuilder(string folder)
{
    private readonly Dictionary<string, AttentionPlan> _plans = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, string> _environment = new(StringComparer.Ordinal);

    public string Folder => folder;

    /// <summary>What the page is called where the user says nothing; the first source that finds something says it.</summary>
    public string? Title { get; set; }

    /// <summary>What was found, in words.</summary>
    public List<string> Found { get; } = [];

    public List<string> Notes { get; } = [];

    public List<string> Commands { get; } = [];

    public IReadOnlyDictionary<string, string> Environment => _environment;

    public List<ReportPoint> Points { get; } = [];

    public List<ReportPlan> Plans { get; } = [];

    public List<ReportFigure> Figures { get; } = [];

    public List<TableRecord> Tables { get; } = [];

    public List<ImageRecord> Images { get; } = [];

    /// <summary>Runs' pictures, from which as many are taken as the page may hold.</summary>
    public List<PictureRun> Pictures { get; } = [];

    /// <summary>The path of a file below the folder.</summary>
    /// <param name="name">As a file of results names it.</param>
    /// <returns><see langword="null"/> where it is not below the folder: a report holds nothing that lies elsewhere.</returns>
    public string? Inside(string name)
    {
        var root = Path.GetFullPath(folder);
        var path = Path.GetFullPath(Path.Combine(root, name));
        return path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path : null;
    }

    /// <summary>As <see cref="Inside(string)"/>, with a note where it is not.</summary>
    /// <param name="what">What the file is, for the note.</param>
    /// <param name="name">As a file of results names it.</param>
    public string? Inside(string what, string name)
    {
        var path = Inside(name);
        if (path is null)
        {
            Notes.Add($"{what} '{name}' lies outside the folder and is not shown.");
        }

        return path;
    }

    /// <summary>Adds a command line once.</summary>
    public void AddCommand(string? command)
    {
        if (command is { Length: > 0 } && !Commands.Contains(command, StringComparer.Ordinal))
        {
            Commands.Add(command);
        }
    }

    /// <summary>Adds where something was computed.</summary>
    public void AddEnvironment(IEnumerable<KeyValuePair<string, string>> fields)
    {
        foreach (var (name, value) in fields)
        {
            // Of two machines both are said.
            if (_environment.TryGetValue(name, out var known) && known != value)
            {
                _environment[name] = known.Split("; ").Contains(value, StringComparer.Ordinal) ? known : $"{known}; {value}";
            }
            else
            {
                _environment[name] = value;
            }
        }
    }

    /// <summary>Adds a machine.</summary>
    public void AddEnvironment(EnvironmentRecord? machine)
    {
        if (machine is not null)
        {
            AddEnvironment(
            [
                new("ditfast", machine.Ditfast), new("torch", machine.Torch), new("runtime", machine.Runtime), new("system", machine.System), new("device", machine.Device),
                new("threads", Invariant($"{machine.Threads}")),
            ]);
        }
    }

    /// <summary>Adds a plan, unless there is one of that name or it cannot be read, which is noted.</summary>
    /// <param name="name">The run that it belongs to.</param>
    /// <param name="path">Its file.</param>
    public void AddPlan(string name, string path)
    {
        if (_plans.ContainsKey(name))
        {
            return;
        }

        AttentionPlan plan;
        try
        {
            plan = Cli.Plans.PlanInput.Load(path);
        }
        catch (UserErrorException error)
        {
            Notes.Add(error.Message);
            return;
        }

        _plans.Add(name, plan);
        var strategies = StrategyPalette.Of(plan);
        var places = strategies.Select((strategy, place) => (strategy.Id, place)).ToDictionary(entry => entry.Id, entry => entry.place, StringComparer.Ordinal);
        Plans.Add(new ReportPlan(
            name,
            Path.GetRelativePath(folder, path),
            Describe(plan),
            [.. plan.Model.Sites.Select(site => site.Name)],
            [.. strategies.Select(strategy => new ReportPlan.Strategy(strategy.Id, strategy.Colour.ToString(), strategy.Letter.ToString(), strategy.Share))],
            [.. plan.Rows.Select(row => (IReadOnlyList<int>)[.. row.Select(id => places[id])])],
            Log: null,
            []));
    }

    /// <summary>Gives each plan the search log whose rows are the plan's: the one of its name, or else another.</summary>
    /// <param name="logs">Search logs.</param>
    public void AddLogs(IReadOnlyList<SearchLogFile> logs)
    {
        for (var i = 0; i < Plans.Count; i++)
        {
            var plan = _plans[Plans[i].Name];
            var name = Path.GetFileName(Plans[i].File).Split('.')[0];
            if (logs.Where(log => log.IsOf(plan)).OrderBy(log => Path.GetFileNameWithoutExtension(log.Path) == name ? 0 : 1).FirstOrDefault() is { } log)
            {
                Plans[i] = Plans[i] with { Log = Path.GetRelativePath(folder, log.Path), Trials = log.Trials };
            }
        }

        // A log without trials is of a search that tries whole plans, not cells.
        foreach (var log in logs.Where(log => log.Trials.Count > 0 && !_plans.Values.Any(log.IsOf)))
        {
            Notes.Add($"search log '{Path.GetRelativePath(folder, log.Path)}': its rows are no plan's here; its losses are not shown.");
        }
    }

    private static string Describe(AttentionPlan plan) => string.Join(
        " · ",
        new[]
        {
            plan.Model.Name,
            Invariant($"{plan.Steps} steps × {plan.Model.Sites.Count} sites"),
            plan.Origin.Note is { } note ? $"{plan.Origin.Method}: {note}" : plan.Origin.Method,
            plan.Origin.Threshold is { } threshold ? Invariant($"threshold {threshold}") : "",
            plan.Window is { } window ? $"window {window}" : "",
            plan.Guidance == Guidance.None ? "no guidance" : "guidance",
            plan.Scheduler ?? "",
        }.Where(part => part.Length > 0));

    /// <summary>Pictures of a run, by name.</summary>
    /// <param name="Name">The run.</param>
    /// <param name="Files">Name and file of each.</param>
    /// <param name="References">The run's pictures with full attention, by the same names; none where there is nothing to compare with.</param>
    /// <param name="Psnr">dB of each, where they were measured.</param>
    internal sealed record PictureRun(
        string Name, IReadOnlyList<(string Name, string File)> Files, IReadOnlyDictionary<string, string> References, IReadOnlyDictionary<string, double> Psnr);
}
