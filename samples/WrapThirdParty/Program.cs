// Somebody else's compiled model, made faster by a plan: its assembly knows nothing of DiTFastAttn. The ten lines are in FastSelfAttention.cs.
using System.Diagnostics;
using DiTFastAttn;
using DiTFastAttn.Hosting;
using Microsoft.Extensions.DependencyInjection;
using VendorDiT;
using static TorchSharp.torch;

const int Steps = 12;
manual_seed(0);
using var noGrad = no_grad();
using var model = new DiT(depth: 4, width: 128, heads: 2);
using var start = randn(2, 1024, 128); // [B, L, d], both guidance halves
var keys = model.state_dict().Keys.ToList();
var (before, _) = Generate(run: null);

await using var services = new ServiceCollection()
    .AddDiTFastAttn(options => options.Window = AttentionWindow.FractionOfTokens(1, 8))
    .WrapModel<DiT>()
    .Services.BuildServiceProvider();

using (var attached = services.GetRequiredService<IFastAttention>().Attach(model))
{
    Console.WriteLine($"sites: {string.Join(", ", attached.Sites.Select(site => site.Name))}");
    Console.WriteLine($"keys of the state dict as before: {model.state_dict().Keys.SequenceEqual(keys)}");

    var full = AttentionPlan.AllFull(attached, Guidance.ConditionalFirst, Steps);
    var third = AttentionPlan.OfSteps(
        attached, Guidance.ConditionalFirst, Enumerable.Range(0, Steps).Select(step => step % 3 == 0 ? "full" : "wars"));
    Measure("full", attached, full);
    Measure("with the plan", attached, third);
}

var (after, _) = Generate(run: null);
using (before)
using (after)
{
    Console.WriteLine($"detached, the same as before: {after.allclose(before, rtol: 0, atol: 0)}");
}

void Measure(string name, AttachedModel attached, AttentionPlan plan)
{
    for (var time = 0; time < 2; time++) // the first to warm up
    {
        using var run = attached.BeginRun(plan, new RunRequest(Steps, Guidance.ConditionalFirst));
        var (tokens, seconds) = Generate(run);
        using var difference = tokens.sub(before);
        using var error = difference.norm();
        using var size = before.norm();
        tokens.Dispose();
        if (time > 0)
        {
            Console.WriteLine($"{name}: {seconds:F2} s, relative error {error.item<float>() / size.item<float>():E1}");
        }
    }
}

(Tensor Tokens, double Seconds) Generate(AttentionRun? run)
{
    var watch = Stopwatch.StartNew();
    var tokens = start.alias();
    for (var i = 0; i < Steps; i++)
    {
        using var current = tokens;
        using var time = full(2, 1 - ((double)i / Steps));
        using (run?.Step())
        {
            using var prediction = model.forward(current, time);
            tokens = current.mul(0.9).add_(prediction.mul_(0.1)); // a stand-in for a scheduler
        }
    }

    return (tokens, watch.Elapsed.TotalSeconds);
}
