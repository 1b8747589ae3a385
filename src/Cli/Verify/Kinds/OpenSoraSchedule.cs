using DiTFastAttn.Models;
using DiTFastAttn.Models.Schedulers;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>opensora.iddpm.schedule</c>: the coefficients of a respaced schedule in float32.</summary>
internal sealed class OpenSoraSchedule : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "opensora.iddpm.schedule";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        if (file.Call.Text("noise_schedule") is var schedule && schedule != "linear")
        {
            throw new UnsupportedCaseException($"the noise schedule '{schedule}'");
        }

        var config = new IddpmConfig { DiffusionSteps = file.Call.Int("diffusion_steps"), SinglePrecision = true };
        var map = Respacing.Parse(file.Call.Text("timestep_respacing"), config.DiffusionSteps, config.Name);
        var tables = new IddpmTables(config, map);
        answer.Add("out.timestep_map", map.Select(step => (double)step));
        foreach (var (name, table) in new[]
        {
            ("betas", tables.Betas), ("log_betas", tables.LogBetas), ("alphas_cumprod", tables.AlphasCumprod),
            ("alphas_cumprod_prev", tables.AlphasCumprodPrevious), ("sqrt_alphas_cumprod", tables.SqrtAlphasCumprod),
            ("sqrt_one_minus_alphas_cumprod", tables.SqrtOneMinusAlphasCumprod), ("sqrt_recip_alphas_cumprod", tables.SampleToClean),
            ("sqrt_recipm1_alphas_cumprod", tables.NoiseToClean), ("posterior_variance", tables.PosteriorVariance),
            ("posterior_log_variance_clipped", tables.PosteriorLogVarianceClipped), ("posterior_mean_coef1", tables.PosteriorMeanClean),
            ("posterior_mean_coef2", tables.PosteriorMeanSample),
        })
        {
            answer.Add($"out.{name}", table.AsEnumerable());
        }
    }
}
