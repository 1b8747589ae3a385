using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify;

/// <summary>Compares an answer with the recorded one, output by output.</summary>
internal static class Comparison
{
    /// <summary>Compares everything that has a tolerance.</summary>
    /// <param name="file">The case.</param>
    /// <param name="answer">This build's answer.</param>
    /// <returns>The outputs, at least one.</returns>
    /// <exception cref="FormatException">The case is malformed.</exception>
    public static IReadOnlyList<ComparedOutput> Compare(CaseFile file, CaseAnswer answer)
    {
        if (answer.Verdict is { } verdict)
        {
            return [verdict];
        }

        var outputs = new List<ComparedOutput>();
        foreach (var entry in file.Root.Member("tolerance").EnumerateObject())
        {
            var tolerance = Tolerance.Parse(entry.Name, entry.Value);
            outputs.Add(file.HasTensor(entry.Name)
                ? CompareTensors(entry.Name, tolerance, file, answer)
                : CompareJson(entry.Name, tolerance, file, answer));
        }

        return outputs.Count > 0 ? outputs : throw new FormatException("the case has no tolerance: there is nothing to compare");
    }

    private static ComparedOutput CompareTensors(string name, Tolerance tolerance, CaseFile file, CaseAnswer answer)
    {
        using var recorded = file.Tensor(name);
        return answer.TensorsOf(name).Select(computed => CompareTensor(name, tolerance, computed, recorded)).MaxBy(output => output.Worst)
            ?? ComparedOutput.Failed(name, "this build gives no such tensor");
    }

    private static ComparedOutput CompareTensor(string name, Tolerance tolerance, Tensor computed, Tensor recorded)
    {
        if (!computed.shape.SequenceEqual(recorded.shape))
        {
            return ComparedOutput.Failed(name, $"shape is [{string.Join(", ", computed.shape)}], [{string.Join(", ", recorded.shape)}] is recorded");
        }

        if (recorded.numel() == 0)
        {
            return new ComparedOutput(name, 0, "empty");
        }

        using var scope = NewDisposeScope();
        var (a, b) = (computed.to(ScalarType.Float64), recorded.to(ScalarType.Float64));
        var difference = a.sub(b).abs_().masked_fill_(a.eq(b), 0); // infinite ones too
        var relative = difference.div(b.abs()).masked_fill_(difference.eq(0), 0);
        var errors = Tolerance.Errors.Of(
            difference.mul(difference).sum().item<double>(),
            b.mul(b).sum().item<double>(),
            difference.max().item<double>(),
            relative.max().item<double>());
        return Judge(name, tolerance, errors);
    }

    private static ComparedOutput CompareJson(string name, Tolerance tolerance, CaseFile file, CaseAnswer answer)
    {
        var path = name.Split('.');
        if (path[0] != "out" || !file.Root.TryGetProperty("out", out var recorded))
        {
            throw new FormatException($"tolerance names '{name}', and the case has neither such a tensor nor such a field");
        }

        var pairs = new List<(double Computed, double Recorded)>();
        var found = false;
        if (Walk(path.AsSpan(1), (JsonNode?)answer.OutList ?? answer.Out, recorded) is { } problem)
        {
            return ComparedOutput.Failed(name, problem);
        }

        if (!found)
        {
            throw new FormatException($"tolerance names '{name}', and the case has neither such a tensor nor such a field");
        }

        return pairs.Count == 0 ? new ComparedOutput(name, 0, "equal") : Judge(name, tolerance, ErrorsOf(pairs));

        // Follows the path through lists on the way, and compares what stands at its end.
        string? Walk(ReadOnlySpan<string> rest, JsonNode? computed, JsonElement recorded)
        {
            if (recorded.ValueKind == JsonValueKind.Array && rest.Length > 0)
            {
                if (computed is not JsonArray list || list.Count != recorded.GetArrayLength())
                {
                    return $"{Describe(computed)} where a list of {recorded.GetArrayLength()} is recorded";
                }

                for (var i = 0; i < list.Count; i++)
                {
                    if (Walk(rest, list[i], recorded[i]) is { } inner)
                    {
                        return $"[{i}] {inner}";
                    }
                }

                return null;
            }

            if (rest.Length > 0)
            {
                // A field that some rows of a table lack has to be missing here too.
                JsonNode? value = null;
                var has = (computed as JsonObject)?.TryGetPropertyValue(rest[0], out value) == true && value is not null;
                if (recorded.ValueKind != JsonValueKind.Object || !recorded.TryGetProperty(rest[0], out var member))
                {
                    return has ? $"{Describe(value)} where nothing is recorded" : null;
                }

                return Walk(rest[1..], value, member);
            }

            found = true;
            return CompareValues(computed, recorded);
        }

        string? CompareValues(JsonNode? computed, JsonElement recorded)
        {
            switch (recorded.ValueKind)
            {
                case JsonValueKind.Number when computed is JsonValue number && number.GetValueKind() == JsonValueKind.Number:
                    pairs.Add((NumberOf(number), recorded.GetDouble()));
                    return null;
                case JsonValueKind.Array when computed is JsonArray list && list.Count == recorded.GetArrayLength():
                    for (var i = 0; i < list.Count; i++)
                    {
                        if (CompareValues(list[i], recorded[i]) is { } inner)
                        {
                            return $"[{i}] {inner}";
                        }
                    }

                    return null;
                case JsonValueKind.Object when computed is JsonObject o && o.Count == recorded.EnumerateObject().Count():
                    foreach (var member in recorded.EnumerateObject())
                    {
                        if (CompareValues(o[member.Name], member.Value) is { } inner)
                        {
                            return $"{member.Name} {inner}";
                        }
                    }

                    return null;
                case JsonValueKind.Null when computed is null:
                case JsonValueKind.True when computed?.GetValueKind() == JsonValueKind.True:
                case JsonValueKind.False when computed?.GetValueKind() == JsonValueKind.False:
                case JsonValueKind.String when computed?.GetValueKind() == JsonValueKind.String && recorded.ValueEquals(computed.GetValue<string>()):
                    return null;
                default:
                    return $"{Describe(computed)} where {Shorten(recorded.GetRawText())} is recorded";
            }
        }
    }

    private static Tolerance.Errors ErrorsOf(List<(double Computed, double Recorded)> pairs)
    {
        double squaredDifference = 0, squaredRecorded = 0, absolute = 0, relative = 0;
        foreach (var (computed, recorded) in pairs)
        {
            var difference = Math.Abs(computed - recorded);
            squaredDifference += difference * difference;
            squaredRecorded += recorded * recorded;
            absolute = Math.Max(absolute, difference);
            relative = Math.Max(relative, difference == 0 ? 0 : difference / Math.Abs(recorded));
        }

        return Tolerance.Errors.Of(squaredDifference, squaredRecorded, absolute, relative);
    }

    private static ComparedOutput Judge(string name, Tolerance tolerance, Tolerance.Errors errors)
        => new(
            name,
            tolerance.Measure(errors),
            string.Create(
                CultureInfo.InvariantCulture,
                $"relative L2 {errors.RelativeL2:0.##e+0}, absolute {errors.Absolute:0.##e+0}, relative {errors.Relative:0.##e+0}"));

    private static double NumberOf(JsonValue value)
        => value.TryGetValue<double>(out var real) ? real : value.TryGetValue<long>(out var whole) ? whole : value.GetValue<int>();

    private static string Describe(JsonNode? node) => node is null ? "nothing" : Shorten(node.ToJsonString());

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..57] + "...";
}
