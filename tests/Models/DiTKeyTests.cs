using System.Text.Json;
using TorchSharp;

namespace DiTFastAttn.Models.Tests;

public sealed class DiTKeyTests
{
    public static TheoryData<string> Cases => Fixture.Named("dit.keys", "dit");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_map_between_the_layouts_is_the_references(string name)
    {
        using var fixture = new Fixture(name);
        var output = fixture.Json.GetProperty("out");
        if (!output.TryGetProperty("map", out var expected))
        {
            return;
        }

        var map = DiTKeyMap.For(MetaDiTConfig.Parse(fixture.Config.GetProperty("meta").GetRawText()));
        map.Select(m => $"{m.Diffusers} {m.Original} {m.Rows}").ShouldBe(
            expected.EnumerateArray().Select(m => $"{m[0]} {m[1]} {Rows(m[2])}"), ignoreOrder: true);
    }

    [Fact]
    public void A_small_model_has_the_names_and_shapes_of_the_references_first_blocks()
    {
        using var fixture = new Fixture("dit/keys-xl2-256");
        var output = fixture.Json.GetProperty("out");

        // Parameters of two blocks and of what surrounds them; the full model's are compared where the full model is run.
        var config = MetaDiTConfig.Parse(fixture.Config.GetProperty("meta").GetRawText()) with { Depth = 2 };
        using var meta = new MetaDiT(config);
        using var diffusers = new DiffusersDiT(DiTKeyMap.ToDiffusers(config));
        Keys(meta).ShouldBe(Expected(output.GetProperty("meta"), "blocks."), ignoreOrder: true);
        Keys(diffusers).ShouldBe(Expected(output.GetProperty("diffusers"), "transformer_blocks."), ignoreOrder: true);
    }

    private static IEnumerable<string> Keys(torch.nn.Module model)
        => model.state_dict().Select(p => $"{p.Key} [{string.Join(",", p.Value.shape)}]");

    private static IEnumerable<string> Expected(JsonElement parameters, string blocks) => parameters.EnumerateArray()
        .Where(p => !p[0].GetString()!.StartsWith(blocks, StringComparison.Ordinal)
            || int.Parse(p[0].GetString()!.Split('.')[1], System.Globalization.CultureInfo.InvariantCulture) < 2)
        .Select(p => $"{p[0]} [{string.Join(",", p[1].EnumerateArray())}]");

    private static string Rows(JsonElement rows) => rows.ValueKind == JsonValueKind.Null ? "" : $"({rows[0]}, {rows[1]})";
}
