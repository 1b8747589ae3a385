using System.Text.Json.Nodes;
using DiTFastAttn.Models;

namespace DiTFastAttn.Report.Tests;

/// <summary>A small study's folder, as <c>evaluate study.json</c> leaves it, with values that nobody wants: infinities, what is not known, names with markup.</summary>
internal static class SampleStudy
{
    public const int Steps = 6;

    public const int Sites = 3;

    public const int Pictures = 4;

    /// <summary>Would end the data, run a program and fetch a picture, if anything took it for markup.</summary>
    public const string Hostile = "</script><img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script> 'quoted' & <b>";

    /// <summary>Writes it.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="change">Changes the results before they are written.</param>
    public static string Write(string folder, Action<JsonObject>? change = null)
    {
        foreach (var name in new[] { "plans", "logs", "images" })
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        WritePictures(Path.Combine(folder, "pictures", "full"), shift: 0);
        JsonArray points = [Point("full", null, 100, 12, "Infinity", folder)];
        foreach (var (name, percent, seconds, psnr, shift) in new[] { ("D3", 61.5, 9.0, 34.5, 3), ("D6", 38.5, 7.5, 24.3, 12) })
        {
            WritePictures(Path.Combine(folder, "pictures", name), shift);
            File.WriteAllText(Path.Combine(folder, "plans", name + ".plan.json"), Plan(name == "D3"));
            points.Add(Point(name, $"plans/{name}.plan.json", percent, seconds, psnr, folder));
        }

        WriteLog(Path.Combine(folder, "logs", "D3.jsonl"));
        Picture(1).SavePng(Path.Combine(folder, "images", "maps.png"));
        var results = new JsonObject
        {
            ["format"] = "ditfastattn-study/1",
            ["command"] = "./ditfast evaluate study.json --out 'a study'",
            ["environment"] = new JsonObject { ["ditfast"] = "0.1.0", ["torch"] = "1.13.0", ["runtime"] = ".NET 10", ["system"] = "Linux X64", ["device"] = "cpu", ["threads"] = 1 },
            ["model"] = "demo",
            ["study"] = new JsonObject { ["parts"] = new JsonArray() },
            ["notes"] = new JsonArray("The Inception Score is of few pictures."),
            ["points"] = points,
            ["figures"] = JsonNode.Parse("""
                [{ "id": "figure-8", "title": "Latency against FLOPs", "paper": "Figure 8", "x": { "label": "FLOPs", "unit": "%" }, "y": { "label": "latency", "unit": "s" },
                   "series": [{ "name": "whole", "points": [{ "x": 100, "y": 12, "label": "full" }, { "x": 61.25, "y": 9, "label": "D3" }, { "x": "NaN", "y": 1, "label": "lost" }, { "x": 3, "y": "Infinity", "label": "endless" }] },
                              { "name": "attention", "points": [{ "x": 100, "y": 6 }, { "x": 50, "y": 3 }] }] }]
                """),
            ["tables"] = JsonNode.Parse("""
                [{ "id": "table-1", "title": "Cost and quality", "paper": "Table 1", "columns": [{ "name": "plan" }, { "name": "PSNR", "unit": "dB" }, { "name": "note" }],
                   "rows": [["D3", 34.5, "a, b"], ["full", "Infinity", null], ["D10", null, "say \"no\""], ["D6", 24.25, "x"]],
                   "paper_columns": [{ "name": "plan" }, { "name": "FID" }], "paper_rows": [["D3", 3.07], ["D6", 3.52]] }]
                """),
            ["images"] = JsonNode.Parse("""[{ "id": "maps", "title": "Attention maps", "paper": "Figure 2", "file": "images/maps.png", "alt": "maps of two heads" }]"""),
        };
        change?.Invoke(results);
        File.WriteAllText(Path.Combine(folder, "results.json"), results.ToJsonString());
        return folder;
    }

    /// <summary>Writes pictures with a gradient, brighter by a shift.</summary>
    public static void WritePictures(string folder, int shift)
    {
        Directory.CreateDirectory(folder);
        for (var number = 0; number < Pictures; number++)
        {
            Picture((number * 30) + shift).SavePng(Path.Combine(folder, $"{number:00000}.png"));
        }
    }

    /// <summary>A plan's text.</summary>
    /// <param name="isSearched">Whether it is the one that the log's search found.</param>
    public static string Plan(bool isSearched) => $$"""
        {
          "format": "ditfastattn-plan/1", "model": "MetaDiT",
          "sites": [{{string.Join(", ", Enumerable.Range(0, Sites).Select(site => $$"""{ "name": "blocks.{{site}}.attn", "heads": 2, "headWidth": 64 }"""))}}],
          "steps": {{Steps}}, "guidance": "conditional-first", "window": "1/8", "scheduler": "ddim", "origin": { "method": "greedy", "threshold": 0.1 },
          "rows": [{{string.Join(", ", Enumerable.Range(0, Steps).Select(step => $"[{string.Join(", ", Row(step, isSearched).Select(id => $"\"{id}\""))}]"))}}]
        }
        """;

    private static string[] Row(int step, bool isSearched) => step == 0 ? ["full", "full", "full"] : isSearched ? ["wars", "full", "ast"] : ["ast", "ast", "asc"];

    private static RgbImage Picture(int level)
    {
        var picture = new RgbImage(24, 16);
        for (var i = 0; i < picture.Pixels.Length; i++)
        {
            picture.Pixels.Span[i] = (byte)(level + (i % 97));
        }

        return picture;
    }

    private static JsonObject Point(string name, string? plan, double percent, double seconds, JsonNode psnr, string folder) => new()
    {
        ["format"] = "ditfastattn-study-point/1",
        ["name"] = name,
        ["part"] = "thresholds",
        ["settings"] = new JsonObject { ["steps"] = "6" },
        ["fingerprint"] = "00",
        ["plan"] = plan,
        ["reference"] = plan is null ? null : "full",
        ["attention_flops_percent"] = percent,
        ["total_flops_percent"] = percent,
        ["seconds"] = seconds,
        ["transformer_seconds"] = seconds - 1,
        ["attention_seconds"] = seconds / 2,
        ["full_seconds"] = 12,
        ["full_transformer_seconds"] = 11,
        ["full_attention_seconds"] = 6,
        ["search_seconds"] = plan is null ? null : 40,
        ["peak_state_bytes"] = plan is null ? 0 : 31.5e6,
        ["metrics"] = new JsonObject { ["psnr"] = psnr, ["psnr_min"] = psnr.DeepClone(), ["ssim"] = 0.95 },
        ["per_picture"] = new JsonArray(),
        ["pictures"] = new JsonArray([.. Directory.GetFiles(Path.Combine(folder, "pictures", name)).Order(StringComparer.Ordinal).Select(file => (JsonNode)$"pictures/{name}/{Path.GetFileName(file)}")]),
    };

    private static void WriteLog(string path)
    {
        List<string> lines = ["""{"kind":"search","format":"ditfastattn-search/1","steps":"6"}"""];
        for (var step = 0; step < Steps; step++)
        {
            if (step > 0)
            {
                lines.Add($$"""{"kind":"trial","step":{{step}},"site":0,"name":"blocks.0.attn","candidate":"ast","loss":0.0625,"threshold":0.0333,"accepted":false,"seconds":0.1}""");
                lines.Add($$"""{"kind":"trial","step":{{step}},"site":0,"name":"blocks.0.attn","candidate":"wars","loss":0.015625,"threshold":0.0333,"accepted":true,"seconds":0.1}""");
                lines.Add($$"""{"kind":"trial","step":{{step}},"site":1,"name":"blocks.1.attn","candidate":"ast","loss":0.5,"threshold":0.0667,"accepted":false,"seconds":0.1}""");
                lines.Add($$"""{"kind":"trial","step":{{step}},"site":2,"name":"blocks.2.attn","candidate":"ast","loss":0.03125,"threshold":0.1,"accepted":true,"seconds":0.1}""");
            }

            lines.Add($$"""{"kind":"row","step":{{step}},"row":[{{string.Join(',', Row(step, isSearched: true).Select(id => $"\"{id}\""))}}],"output":"00"}""");
        }

        File.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")));
    }
}
