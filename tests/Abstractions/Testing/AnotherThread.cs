using System.Runtime.ExceptionServices;

namespace DiTFastAttn.Tests.Testing;

/// <summary>Runs something on a thread of its own and waits for it; what it throws is thrown here.</summary>
internal static class AnotherThread
{
    public static void Run(Action action)
    {
        ExceptionDispatchInfo? thrown = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception error)
            {
                thrown = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        thread.Join();
        thrown?.Throw();
    }
}
