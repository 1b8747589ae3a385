using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests.Composition;

/// <summary>Generates on a toy model with whatever a builder was told to use.</summary>
internal static class Run
{
    /// <summary>Every built-in strategy, composites and one of our own; the window is in tokens.</summary>
    public static readonly string[] EveryStrategy = ["full", "wars", "wa", "asc", "wars+asc", "ast", "near", "near+asc"];

    public static ServiceProvider Services(Action<DiTFastAttnBuilder> use, Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection();
        more?.Invoke(services);
        var builder = services.AddDiTFastAttn(options => options.Window = AttentionWindow.Tokens(2)).AddDiTFastAttnHostingTestsProcessors();
        use(builder);
        return services.BuildServiceProvider();
    }

    /// <summary>Runs a plan of whole steps from the same noise; the outputs of all steps, one behind the other.</summary>
    public static float[] Generate(ServiceProvider services, params string[] steps)
    {
        // Generators of its own: other tests draw from the global one meanwhile.
        using var random = new Generator(5);
        using var model = new ToyModel();
        using (no_grad())
        {
            foreach (var parameter in model.parameters())
            {
                using var values = randn(parameter.shape, generator: random);
                parameter.copy_(values.mul_(0.2));
            }
        }

        using var attached = services.GetRequiredService<IFastAttention>().Attach(model);
        using var run = attached.BeginRun(
            AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, steps), new RunRequest(steps.Length, Guidance.ConditionalFirst));
        var outputs = new List<float>();
        for (var step = 0; step < steps.Length; step++)
        {
            using var tokens = randn([2, 12, 16], generator: random);
            using (run.Step())
            {
                using var output = model.forward(tokens);
                outputs.AddRange(output.data<float>());
            }
        }

        return [.. outputs];
    }
}
