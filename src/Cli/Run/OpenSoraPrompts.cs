using System.Globalization;
using DiTFastAttn.Cli.Generate;

namespace DiTFastAttn.Cli.Run;

/// <summary>The videos of <c>run opensora</c>: prompts, names, references.</summary>
internal static class OpenSoraPrompts
{
    private const int LongestName = 100;

    private static readonly string DefaultFile = Path.Combine("data", "t2v_samples.txt");

    // What is shown where there is no file of prompts.
    private static readonly string[] Own =
    [
        "Waves roll onto a rocky shore below steep cliffs, seen from the air, white foam on deep green water.",
        "A busy crossing in a large city at night; people with umbrellas walk past bright signs in the rain.",
        "A slow pan over a mountain lake at dawn, mist drifting over still water, snow on the peaks.",
        "A sea turtle glides over a coral reef, sunlight dancing on its shell, small fish around it.",
        "A campfire burns in a forest clearing under a sky full of stars; sparks rise into the dark.",
        "A train winds through autumn hills, red and yellow trees on both sides, smoke behind it.",
        "A field of sunflowers sways in the wind while clouds pass over it in time lapse.",
        "A potter shapes a bowl of wet clay on a turning wheel, hands close to the camera.",
        "A waterfall drops between mossy stones into a clear pool, ferns moving in the spray.",
        "An old tram climbs a narrow street between colourful houses on a sunny afternoon.",
    ];

    /// <summary>Reads the prompts, and makes a video of each or several.</summary>
    /// <exception cref="UserErrorException">A file cannot be read, an index or a number of references does not fit, or a prompt is malformed.</exception>
    public static List<VideoWish> Read(VerbCall call)
    {
        var prompts = Slice(call, All(call));
        var references = ForEach(call.Get(RunOpenSoraOptions.References), RunOpenSoraOptions.References.Name, prompts.Count);
        var strategies = ForEach(call.Get(RunOpenSoraOptions.Strategies), RunOpenSoraOptions.Strategies.Name, prompts.Count);
        var samples = call.Get(RunOpenSoraOptions.Samples);
        return [.. prompts.SelectMany((prompt, index) => Enumerable.Range(0, samples).Select(sample => VideoWish.Of(
            (index * samples) + sample,
            Name(call, prompt, index) + (samples > 1 ? $"-{sample.ToString(CultureInfo.InvariantCulture)}" : ""),
            prompt,
            call.Get(VideoOptions.Loop),
            references?[index].Split(';', StringSplitOptions.RemoveEmptyEntries) ?? [],
            strategies?[index])))];
    }

    private static IReadOnlyList<string> All(VerbCall call)
    {
        if (call.Get(RunOpenSoraOptions.Prompts) is { Length: > 0 } given)
        {
            return given;
        }

        var file = call.Get(RunOpenSoraOptions.PromptFile) ?? (File.Exists(DefaultFile) ? DefaultFile : null);
        if (file is null)
        {
            return Own;
        }

        string[] lines = File.Exists(file)
            ? [.. File.ReadAllLines(file).Select(line => line.Trim()).Where(line => line.Length > 0)]
            : throw new UserErrorException($"--prompt-path {file}: there is no such file.");
        return lines.Length > 0 ? lines : throw new UserErrorException($"--prompt-path {file}: it has no prompt; give one a line.");
    }

    private static List<string> Slice(VerbCall call, IReadOnlyList<string> prompts)
    {
        var start = call.Get(RunOpenSoraOptions.StartIndex) ?? 0;
        var end = Math.Min(call.Get(RunOpenSoraOptions.EndIndex) ?? prompts.Count, prompts.Count);
        return start < end
            ? [.. prompts.Skip(start).Take(end - start)]
            : throw new UserErrorException($"--start-index {start}: no prompt is left; there are {prompts.Count}, and the end is {end}.");
    }

    /// <summary>One value for each prompt, or one for all.</summary>
    private static string[]? ForEach(string[]? values, string option, int prompts) => values switch
    {
        null or [] => null,
        [var only] => [.. Enumerable.Repeat(only, prompts)],
        _ when values.Length == prompts => values,
        _ => throw new UserErrorException($"{option}: there are {values.Length} for {prompts} prompts; give one for each, or one for all."),
    };

    private static string Name(VerbCall call, string prompt, int index)
    {
        if (!call.Get(RunOpenSoraOptions.PromptAsPath))
        {
            return string.Create(CultureInfo.InvariantCulture, $"{call.Get(RunOpenSoraOptions.SampleName)}_{index}");
        }

        var name = string.Concat(prompt.Select(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_' or ',' ? c : '_')).Trim();
        return name.Length > LongestName ? name[..LongestName] : name;
    }
}
