using System.Globalization;

namespace DiTFastAttn.Models;

/// <summary>
/// OpenSora v1.1's language for given frames: groups of <c>loop,reference,reference start,target start,length,edit ratio</c>, separated by
/// semicolons. Trailing fields may be left out: 0,0,0,0,1,0. Negative starts count from the end.
/// </summary>
public static class MaskStrategy
{
    private static readonly string[] Fields = ["loop", "reference", "reference start", "target start", "length", "edit ratio"];

    private static readonly string[] Defaults = ["0", "0", "0", "0", "1", "0"];

    /// <summary>Splits a strategy into its groups of six fields, missing ones filled in; fields are not read.</summary>
    /// <param name="text">The strategy.</param>
    /// <exception cref="FormatException">A group has too many fields; the message says where.</exception>
    public static IReadOnlyList<IReadOnlyList<string>> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. Groups(text).Select(group => (IReadOnlyList<string>)[.. group.Fields.Select(field => field.Text), .. Defaults[group.Fields.Count..]])];
    }

    /// <summary>Reads a strategy.</summary>
    /// <param name="text">The strategy.</param>
    /// <exception cref="FormatException">It is malformed; the message says where and what would be right.</exception>
    public static IReadOnlyList<MaskEdit> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. Groups(text).Select(group => new MaskEdit(
            Whole(text, group, 0), Whole(text, group, 1), Whole(text, group, 2), Whole(text, group, 3), Whole(text, group, 4), Ratio(text, group)))];
    }

    /// <summary>Where the frames of one loop come from, and how much each takes part in the denoising.</summary>
    /// <param name="strategy">The strategy, or <see langword="null"/> for none.</param>
    /// <param name="loop">The loop, from 0; groups of other loops are passed over.</param>
    /// <param name="references">Frames of each reference.</param>
    /// <param name="frames">T</param>
    /// <returns>Frames to copy in order, later ones over earlier ones, and the mask of each of the T frames.</returns>
    /// <exception cref="FormatException">The strategy is malformed, or asks for frames that are not there.</exception>
    public static (IReadOnlyList<GivenFrame> Frames, float[] Mask) Apply(string? strategy, int loop, IReadOnlyList<int> references, int frames)
    {
        ArgumentNullException.ThrowIfNull(references);
        var mask = new float[frames];
        Array.Fill(mask, 1);
        var given = new List<GivenFrame>();
        var edits = strategy is null ? [] : Parse(strategy);
        for (var i = 0; i < edits.Count; i++)
        {
            var edit = edits[i];
            if (edit.Loop != loop)
            {
                continue;
            }

            var reference = edit.Reference < 0 ? references.Count + edit.Reference : edit.Reference;
            if (reference < 0 || reference >= references.Count)
            {
                throw new FormatException($"mask strategy '{strategy}': group {i + 1} names reference {edit.Reference}, and there are {references.Count} (from 0).");
            }

            var count = references[reference];
            var (from, available) = Slice(edit.ReferenceStart, edit.Length, count);
            var (to, wanted) = Slice(edit.TargetStart, edit.Length, frames);
            if (available != wanted && available != 1)
            {
                throw new FormatException(
                    $"mask strategy '{strategy}': group {i + 1} copies {available} frames of reference {reference} (which has {count}) to {wanted} of the clip's {frames}; the numbers have to be equal, or the reference a single frame.");
            }

            for (var frame = 0; frame < wanted; frame++)
            {
                given.Add(new GivenFrame(to + frame, reference, available == 1 ? from : from + frame));
                mask[to + frame] = edit.EditRatio;
            }
        }

        return (given, mask);
    }

    /// <summary>The strategy of the next loop of a long video: it begins with the last frames of the clip before it.</summary>
    /// <param name="strategy">The strategy so far.</param>
    /// <param name="loop">The loop, from 1.</param>
    /// <param name="reference">The index under which the last clip was added to the references.</param>
    /// <param name="conditionFrames">How many frames are taken over.</param>
    public static string ForLoop(string? strategy, int loop, int reference, int conditionFrames)
    {
        var group = string.Create(CultureInfo.InvariantCulture, $"{loop},{reference},-{conditionFrames},0,{conditionFrames}");
        return strategy is null ? group : $"{strategy};{group}";
    }

    /// <summary>Reads as Python slices: negative positions count from the end, what lies beyond the ends is cut.</summary>
    private static (int Start, int Length) Slice(int start, int length, int count)
    {
        start = start < 0 ? count + start : start;
        var (first, end) = (Clamp(start), Clamp(start + length));
        return (first, Math.Max(0, end - first));

        int Clamp(int position) => Math.Clamp(position < 0 ? position + count : position, 0, count);
    }

    private static IEnumerable<Group> Groups(string text)
    {
        var position = 0;
        var index = 0;
        foreach (var group in text.Split(';'))
        {
            index++;
            var fields = new List<(string Text, int Position)>();
            foreach (var field in group.Split(','))
            {
                fields.Add((field, position));
                position += field.Length + 1;
            }

            yield return fields.Count <= Fields.Length
                ? new Group(index, fields)
                : throw new FormatException(
                    $"mask strategy '{text}': group {index} has {fields.Count} fields, from character {fields[Fields.Length].Position + 1} on too many; at most {Fields.Length} are known: {string.Join(", ", Fields)}.");
        }
    }

    private static int Whole(string text, Group group, int field)
        => int.TryParse(Field(group, field), NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Malformed(text, group, field, "a whole number");

    private static float Ratio(string text, Group group)
        => float.TryParse(Field(group, 5), NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio) && float.IsFinite(ratio)
            ? ratio
            : throw Malformed(text, group, 5, "a number from 0 to 1");

    private static string Field(Group group, int field) => field < group.Fields.Count ? group.Fields[field].Text : Defaults[field];

    private static FormatException Malformed(string text, Group group, int field, string expected)
        => new($"mask strategy '{text}': group {group.Index}, {Fields[field]}, at character {group.Fields[field].Position + 1}, is '{group.Fields[field].Text}'; {expected} is needed.");

    private sealed record Group(int Index, List<(string Text, int Position)> Fields);
}
