using System.Globalization;
using System.Text.Json;
using DiTFastAttn.Cli.Evaluate;
using DiTFastAttn.Evaluation;

namespace DiTFastAttn.Cli.Run;

/// <summary>What the authors' programs measure of the pictures that they draw: FID and Inception Score, CLIPScore where there is a CLIP.</summary>
internal sealed class RunEvaluation
{
    private readonly VerbCall _call;
    private readonly List<string> _words = [];

    /// <summary>Looks at what is there before anything is computed.</summary>
    /// <param name="call">The call.</param>
    /// <param name="script">Its options.</param>
    /// <exception cref="UserErrorException">The network's weights or the real pictures that were named are not there.</exception>
    public RunEvaluation(VerbCall call, RunOptions script)
    {
        _call = call;
        var real = call.Get(script.RealImages)!;
        var hasReal = File.Exists(real) || Directory.Exists(real);
        if (call.Get(script.Inception) is { } inception)
        {
            if (!File.Exists(inception))
            {
                throw new UserErrorException($"--inception {inception}: there is no such file; give the FID network's weights (pt_inception-2015-12-05-6726825d.pth).");
            }

            if (!hasReal && call.IsGiven(script.RealImages))
            {
                throw new UserErrorException($"--eval_real_image_path {real}: there is no such folder or file; give real pictures, or their statistics (.npz).");
            }

            _words.AddRange(["--inception", inception]);
            if (hasReal)
            {
                _words.AddRange(["--real", real]);
            }
            else
            {
                call.Terminal.Log.WriteLine($"ditfast: no real pictures in {real}: the Inception Score alone is computed; --eval_real_image_path DIR names others.");
            }
        }

        if (call.Get(script.Clip) is { } clip)
        {
            if (!Directory.Exists(clip))
            {
                throw new UserErrorException($"--clip {clip}: there is no such folder; give CLIP's (openai/clip-vit-base-patch16).");
            }

            _words.AddRange(["--clip", clip]);
        }
    }

    /// <summary>Measures the pictures as <c>evaluate</c> does, into a folder beside them, and adds the numbers to a run's.</summary>
    /// <param name="pictures">Their folder.</param>
    /// <param name="real">Where real ones would be.</param>
    /// <param name="metrics">The run's numbers.</param>
    public void Measure(string pictures, string real, Dictionary<string, double> metrics)
    {
        if (_words.Count == 0)
        {
            _call.Terminal.Log.WriteLine(
                $"ditfast: FID and Inception Score need the FID network's weights: --inception FILE, or './ditfast evaluate {pictures} --real {real} --inception FILE' on these pictures.");
            return;
        }

        var folder = pictures + "_evaluation";
        List<string> words = [pictures, .. _words, "--out", folder, "--threads", TorchSharp.torch.get_num_threads().ToString(CultureInfo.InvariantCulture)];
        if (_call.Get(CommonOptions.Device) is { } device)
        {
            words.AddRange(["--device", device.ToString()]);
        }

        var verb = new EvaluateVerb();
        verb.Run(new VerbCall(verb.Parse(words), _call.Terminal, _call.Cancellation));
        using var record = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, EvaluationRecord.FileName)));
        foreach (var metric in record.RootElement.GetProperty("metrics").EnumerateObject())
        {
            if (metric.Value.ValueKind == JsonValueKind.Number)
            {
                metrics[metric.Name] = metric.Value.GetDouble();
            }
        }
    }
}
