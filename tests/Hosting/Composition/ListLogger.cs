using Microsoft.Extensions.Logging;

namespace DiTFastAttn.Hosting.Tests.Composition;

/// <summary>Keeps what is logged.</summary>
internal sealed class ListLogger(LogLevel least = LogLevel.Trace) : ILoggerFactory, ILogger
{
    public List<string> Lines { get; } = [];

    public List<string> Categories { get; } = [];

    public ILogger CreateLogger(string categoryName)
    {
        Categories.Add(categoryName);
        return this;
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        => Lines.Add($"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : $" ({exception.Message})")}");

    public void Dispose()
    {
    }
}
