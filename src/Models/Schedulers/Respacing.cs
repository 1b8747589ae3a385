using System.Globalization;

namespace DiTFastAttn.Models.Schedulers;

/// <summary>Which training timesteps a respaced run keeps (<c>space_timesteps</c> of guided-diffusion).</summary>
internal static class Respacing
{
    private const string DdimPrefix = "ddim";

    /// <summary>The kept timesteps, ascending.</summary>
    public static int[] Parse(string respacing, int train, string scheduler)
    {
        if (respacing.StartsWith(DdimPrefix, StringComparison.Ordinal))
        {
            return WholeStride(Number(respacing[DdimPrefix.Length..], respacing, scheduler), train, respacing, scheduler);
        }

        int[] sections = respacing.Length == 0 ? [train] : [.. respacing.Split(',').Select(part => Number(part, respacing, scheduler))];
        var kept = new List<int>();
        var start = 0;
        for (var i = 0; i < sections.Length; i++)
        {
            var size = (train / sections.Length) + (i < train % sections.Length ? 1 : 0);
            ConfigChecks.Require(
                sections[i] <= size, scheduler, "timestep_respacing", respacing, $"such that section {i} keeps at most its {size} timesteps");
            var stride = sections[i] <= 1 ? 1 : (size - 1.0) / (sections[i] - 1);
            var position = 0.0;
            for (var k = 0; k < sections[i]; k++)
            {
                kept.Add(start + (int)Math.Round(position));
                position += stride;
            }

            start += size;
        }

        ConfigChecks.Require(kept.Count > 0, scheduler, "timestep_respacing", respacing, "such that at least one timestep is kept");
        return [.. kept.Distinct().Order()];
    }

    private static int[] WholeStride(int count, int train, string respacing, string scheduler)
    {
        for (var stride = 1; stride < train; stride++)
        {
            if ((train + stride - 1) / stride == count)
            {
                return [.. Enumerable.Range(0, count).Select(i => i * stride)];
            }
        }

        ConfigChecks.Require(condition: false, scheduler, "timestep_respacing", respacing, $"a count that some whole stride through {train} timesteps gives");
        return [];
    }

    private static int Number(string text, string respacing, string scheduler)
    {
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        ConfigChecks.Require(isNumber, scheduler, "timestep_respacing", respacing, "a count, ddim and a count, or counts with commas");
        return number;
    }
}
