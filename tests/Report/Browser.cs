using System.Diagnostics;
using DiTFastAttn.Cli.Tests.Testing;
using Microsoft.Playwright;

namespace DiTFastAttn.Report.Tests;

/// <summary>A headless Chromium, the machine's or Debian's, for all tests of the page. Where there is none the tests fail, with the line that says how to get it.</summary>
public sealed class Browser : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>A study and its page.</summary>
    public string Study { get; private set; } = "";

    public async Task InitializeAsync()
    {
        var program = await FindChromium();
        _playwright = await Playwright.CreateAsync();

        // Root has no sandbox, and containers often none either; the pages are our own.
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, Args = ["--no-sandbox"] });
        Study = SampleStudy.Write(_folder["study"]);
        var result = Ditfast.Run("report", Study);
        result.Status.ShouldBe(0, result.Log);
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Opens a folder's page; what goes wrong in it, and what it asks the network for, is noted.</summary>
    /// <param name="folder">The folder; the sample study where not given.</param>
    /// <param name="width">Of the window, in pixels.</param>
    /// <param name="scheme">What the system prefers.</param>
    /// <param name="motion">Whether it wants things to stand still.</param>
    /// <param name="touch">Whether it has a touch screen.</param>
    internal async Task<OpenPage> Open(string? folder = null, int width = 1280, ColorScheme scheme = ColorScheme.Light, ReducedMotion motion = ReducedMotion.NoPreference, bool touch = false)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 }, ColorScheme = scheme, ReducedMotion = motion, HasTouch = touch, Permissions = ["clipboard-read", "clipboard-write"],
        });
        var page = await context.NewPageAsync();
        var open = new OpenPage(context, page);
        page.Console += (_, message) => open.Troubles.Add($"console {message.Type}: {message.Text}");
        page.PageError += (_, error) => open.Troubles.Add($"error: {error}");
        page.Request += (_, request) => open.Requests.Add(request.Url.Length > 200 ? request.Url[..200] : request.Url);
        await page.GotoAsync(new Uri(Path.Combine(folder ?? Study, "report.html")).AbsoluteUri);
        return open;
    }

    private static async Task<string> FindChromium()
    {
        using var script = Process.Start(new ProcessStartInfo(Path.Combine(Ditfast.Root, "build", "chromium.sh")) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (script.StandardOutput.ReadToEndAsync(), script.StandardError.ReadToEndAsync());
        await script.WaitForExitAsync();
        return script.ExitCode == 0 ? (await output).Trim().Split('\n')[^1] : throw new InvalidOperationException($"The page is tested in a browser. {(await errors).Trim()}");
    }

    /// <summary>A page in a window of its own.</summary>
    internal sealed record OpenPage(IBrowserContext Context, IPage Page) : IAsyncDisposable
    {
        public List<string> Troubles { get; } = [];

        public List<string> Requests { get; } = [];

        public ILocator Locator(string selector) => Page.Locator(selector);

        public async ValueTask DisposeAsync() => await Context.DisposeAsync();
    }
}
