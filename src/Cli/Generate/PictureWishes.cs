using System.Globalization;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Generate;

/// <summary>What the user wants to see: classes by number or name, or prompts.</summary>
internal static class PictureWishes
{
    /// <summary>The pictures of a run: each label or prompt so many times in a row.</summary>
    /// <param name="pipeline">The model.</param>
    /// <param name="labels">Classes by number or name.</param>
    /// <param name="prompts">Prompts.</param>
    /// <param name="negativePrompt">What no picture is to show.</param>
    /// <param name="times">Pictures of each.</param>
    /// <exception cref="UserErrorException">It does not fit the model.</exception>
    public static IReadOnlyList<PictureRequest> Of(
        PicturePipeline pipeline, IReadOnlyList<string> labels, IReadOnlyList<string> prompts, string? negativePrompt, int times)
    {
        if (pipeline is DiTPipeline dit)
        {
            if (prompts.Count > 0 || negativePrompt is not null)
            {
                throw new UserErrorException(
                    $"{(prompts.Count > 0 ? "--prompt" : "--negative-prompt")}: '{pipeline.Name}' draws classes; give --label, a number from 0 to {dit.Geometry.Classes - 1} or a name.");
            }

            return Repeat(
                labels.Count > 0 ? labels : throw new UserErrorException($"--label: '{pipeline.Name}' draws classes; give at least one, a number from 0 to {dit.Geometry.Classes - 1} or a name."),
                times,
                (label, number) => new PictureRequest(number) { Label = FindLabel(dit, label) });
        }

        if (labels.Count > 0)
        {
            throw new UserErrorException($"--label {labels[0]}: '{pipeline.Name}' draws from text; give --prompt.");
        }

        return Repeat(
            prompts.Count > 0 ? prompts : throw new UserErrorException($"--prompt: '{pipeline.Name}' draws from text; give at least one."),
            times,
            (prompt, number) => new PictureRequest(number) { Prompt = prompt, NegativePrompt = negativePrompt ?? "" });
    }

    private static int FindLabel(DiTPipeline pipeline, string text)
    {
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number >= 0 && number < pipeline.Geometry.Classes
                ? number
                : throw new UserErrorException($"--label {text}: out of range; this model draws the classes 0 to {pipeline.Geometry.Classes - 1}.");
        }

        var found = pipeline.Labels.Where(label => label.Value.Split(',').Any(name => string.Equals(name.Trim(), text.Trim(), StringComparison.OrdinalIgnoreCase))).ToList();
        return found.Count > 0
            ? found[0].Key
            : throw new UserErrorException($"--label {text}: no class of '{pipeline.Name}' is called so; give its number, 0 to {pipeline.Geometry.Classes - 1}, or one of its names.");
    }

    private static List<PictureRequest> Repeat(IReadOnlyList<string> wishes, int times, Func<string, int, PictureRequest> make)
        => [.. wishes.SelectMany((wish, index) => Enumerable.Range(0, times).Select(i => make(wish, (index * times) + i)))];
}
