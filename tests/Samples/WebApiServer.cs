using System.Diagnostics;

namespace DiTFastAttn.Samples.Tests;

/// <summary>The sample as a running server.</summary>
public sealed class WebApiServer : IAsyncLifetime
{
    private readonly Process _process = SampleProgram.Start("WebApi.dll", "--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Microsoft.AspNetCore=Warning");

    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromMinutes(5) };

    public async Task InitializeAsync()
    {
        const string Ready = "Now listening on: ";
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains(Ready, StringComparison.Ordinal))
            {
                Client.BaseAddress = new Uri(line[(line.IndexOf(Ready, StringComparison.Ordinal) + Ready.Length)..]);
                _ = _process.StandardOutput.ReadToEndAsync(); // a full pipe would stop it
                return;
            }
        }

        throw new InvalidOperationException($"the server ended: {await _process.StandardError.ReadToEndAsync()}");
    }

    public Task DisposeAsync()
    {
        Client.Dispose();
        _process.Kill();
        _process.Dispose();
        return Task.CompletedTask;
    }
}
