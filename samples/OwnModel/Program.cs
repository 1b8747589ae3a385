// A model of one's own, made faster by a plan: nothing in the model knows which strategy computes.
using System.Diagnostics;
using DiTFastAttn;
using DiTFastAttn.Hosting;
using Microsoft.Extensions.DependencyInjection;
using OwnModel;
using static TorchSharp.torch;

const int Steps = 12;
manual_seed(0);
using var noGrad = no_grad();
using var model = new Denoiser(depth: 4, width: 128, heads: 2);
using var start = randn(2, 1024, 128); // [B, L, d], both guidance halves

await using var services = new ServiceCollection()
    .AddDiTFastAttn(options => options.Window = AttentionWindow.FractionOfTokens(1, 8))
    .Services.BuildServiceProvider();

using var attached = services.GetRequiredService<IFastAttention>().Attach(model);
Console.WriteLine($"sites: {string.Join(", ", attached.Sites.Select(site => site.Name))}");

var full = AttentionPlan.AllFull(attached, Guidance.ConditionalFirst, Steps);
var third = AttentionPlan.OfSteps(
    attached, Guidance.ConditionalFirst, Enumerable.Range(0, Steps).Select(step => step % 3 == 0 ? "full" : "wars"));

Generate(full).Tokens.Dispose(); // warm up
Generate(third).Tokens.Dispose();
var (plain, plainSeconds, _) = Generate(full);
var (fast, fastSeconds, bytes) = Generate(third);
using (plain)
using (fast)
{
    using var difference = plain.sub(fast);
    using var error = difference.norm();
    using var size = plain.norm();
    Console.WriteLine($"full {plainSeconds:F2} s, with the plan {fastSeconds:F2} s: {plainSeconds / fastSeconds:F2} times as fast");
    Console.WriteLine($"relative error {error.item<float>() / size.item<float>():E1}, residuals held at most {bytes / 1048576.0:F1} MiB");
}

(Tensor Tokens, double Seconds, long PeakBytes) Generate(AttentionPlan plan)
{
    var watch = Stopwatch.StartNew();
    using var run = attached.BeginRun(plan, new RunRequest(Steps, Guidance.ConditionalFirst));
    var tokens = start.alias();
    for (var i = 0; i < Steps; i++)
    {
        using var before = tokens;
        using (run.Step())
        {
            using var prediction = model.forward(before);
            tokens = before.mul(0.9).add_(prediction.mul_(0.1)); // a stand-in for a scheduler
        }
    }

    return (tokens, watch.Elapsed.TotalSeconds, run.PeakStateBytes);
}
