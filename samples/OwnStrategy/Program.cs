// A strategy of one's own, of another family than the built-in ones: plans name it, the search chooses it, nothing else knows it.
using DiTFastAttn;
using DiTFastAttn.Hosting;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using DiTFastAttn.Models.Weights;
using Microsoft.Extensions.DependencyInjection;
using OwnStrategy;
using static TorchSharp.torch;

const int Steps = 10;
using var noGrad = no_grad();
using var file = SafetensorsFile.Open(Path.Combine(AppContext.BaseDirectory, "shapes-dit.safetensors"));
using var checkpoint = DiTCheckpoint.Load(file);
var sampler = new DiTSampler(checkpoint.Model, checkpoint.Scheduler, new DiTSamplingOptions { Steps = Steps, GuidanceScale = 2 });
using var calibrationNoise = Noise(samples: 1, seed: 1);
using var noise = Noise(samples: 2, seed: 2);

await using var services = new ServiceCollection()
    .AddDiTFastAttn()
    .AddDeltaCaching()
    .UseSearchedPlan(
        threshold: 0.15,
        _ => sampler.Begin([1], calibrationNoise),
        options => options.Candidates = ["delta", "wars+asc", "wars"])
    .Services.BuildServiceProvider();
using var attached = services.GetRequiredService<IFastAttention>().Attach(checkpoint.Model);
Console.WriteLine($"strategies: {string.Join(", ", attached.Processors.Ids)}");

// The search over whole plans: full attention every few steps, and between them the last output as it was (ast) or with its Δ.
var periodic = PeriodicPlans.Of(attached, sampler.Guidance, Steps, ["ast", "delta"], [2, 3]);
var measured = Measure(periodic);
foreach (var plan in measured)
{
    Report(plan.Plan.Origin.Note!, plan);
}

Console.WriteLine($"cheapest of 25 dB: {MeasuredPlanSearch.Choose(measured, psnr: 25).Plan.Origin.Note}");

// The paper's search, site by site: it takes delta where that changes the model's output little enough.
var searched = Measure([attached.PreparePlan(sampler.RunRequest)])[0];
Report("searched", searched);
for (var site = 0; site < attached.Sites.Count; site++)
{
    Console.WriteLine($"  {attached.Sites[site].Name}: {string.Join(' ', searched.Plan.Rows.Select(row => row[site]))}");
}

IReadOnlyList<MeasuredPlan> Measure(IReadOnlyList<AttentionPlan> plans) => MeasuredPlanSearch.Measure(
    attached,
    () => sampler.Begin([1, 7], noise),
    plans,
    checkpoint.Model.Geometry.Tokens,
    (full, other) => PeakSignalToNoise.PerSample(full, other, dataRange: 2));

static void Report(string name, MeasuredPlan plan)
    => Console.WriteLine($"{name}: {100 * plan.Cost.Fraction:F0} % of attention FLOPs, {plan.Psnr:F1} dB");

Tensor Noise(int samples, ulong seed)
{
    using var random = new Generator(seed);
    return randn(sampler.LatentShape(samples), generator: random);
}
