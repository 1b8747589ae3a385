using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DiTFastAttn.Tests;

public sealed class PlanFileTests : IDisposable
{
    private static readonly AttentionPlan Whole = new()
    {
        Model = new ModelFingerprint("DiT", [new("blocks.0.attn", 4, 64), new("blocks.1.\"attn\"é", 0, 0)]),
        Rows = [["full", "full"], ["wars+asc", "ast"]],
        Guidance = Guidance.ConditionalLast,
        Window = AttentionWindow.Paper,
        GuidanceScale = 4.5,
        Scheduler = "ddim",
        Tokens = 4096,
        Resolution = "64x64",
        Dtype = "float32",
        Origin = new PlanOrigin("greedy") { Loss = "official", Threshold = 0.075, CalibrationSamples = 8, Seed = long.MaxValue, Cost = 0.5, Psnr = 33.25, ValidationPsnr = 31, Note = "a\nb" },
    };

    private static readonly AttentionPlan Bare = new()
    {
        Model = new ModelFingerprint("", [new("attention", 0, 0)]),
        Rows = [["full"]],
        Guidance = Guidance.None,
        Origin = new PlanOrigin("hand"),
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plans");

    [Fact]
    public void Plan_comes_back_as_it_was()
    {
        foreach (var plan in new[] { Whole, Bare, Whole with { Guidance = Guidance.ConditionalFirst, Window = AttentionWindow.Tokens(128) } })
        {
            var path = Path.Combine(_folder.FullName, "some.plan.json");
            PlanFile.Save(plan, path);
            var back = PlanFile.Load(path);

            back.Rows.ShouldBe(plan.Rows);
            back.Model.Sites.ShouldBe(plan.Model.Sites);
            (back with { Rows = plan.Rows, Model = back.Model with { Sites = plan.Model.Sites } }).ShouldBe(plan);
            PlanFile.Write(back).ShouldBe(PlanFile.Write(plan));
        }

        _folder.EnumerateFiles().ShouldHaveSingleItem();
    }

    [Fact]
    public void The_infinite_psnr_of_full_everywhere_is_left_out()
    {
        var text = PlanFile.Write(Bare with { Origin = new PlanOrigin("hand") { Psnr = double.PositiveInfinity, ValidationPsnr = double.PositiveInfinity, Cost = 1 } });

        text.ShouldNotContain("snr");
        PlanFile.Read(text).Origin.Cost.ShouldBe(1);
    }

    [Fact]
    public void Text_is_readable_and_the_same_everywhere()
    {
        var culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-DE");
            PlanFile.Write(Whole).ShouldBe("""
                {
                  "format": "ditfastattn-plan/1",
                  "model": "DiT",
                  "sites": [
                    { "name": "blocks.0.attn", "heads": 4, "headWidth": 64 },
                    { "name": "blocks.1.\"attn\"é", "heads": 0, "headWidth": 0 }
                  ],
                  "steps": 2,
                  "guidance": "conditional-last",
                  "window": "1/8",
                  "guidanceScale": 4.5,
                  "scheduler": "ddim",
                  "tokens": 4096,
                  "resolution": "64x64",
                  "dtype": "float32",
                  "origin": {
                    "method": "greedy",
                    "loss": "official",
                    "threshold": 0.075,
                    "calibrationSamples": 8,
                    "seed": 9223372036854775807,
                    "cost": 0.5,
                    "psnr": 33.25,
                    "validationPsnr": 31,
                    "note": "a\nb"
                  },
                  "legend": { "F": "full", "W": "wars+asc", "t": "ast" },
                  "rows": [
                    "FF",
                    "Wt"
                  ]
                }

                """.ReplaceLineEndings("\n"));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{", "not JSON")]
    [InlineData("[]", "a plan is a JSON object, this is Array.")]
    [InlineData("{}", "format: missing.")]
    [InlineData("""{ "format": 1 }""", "format: a text was expected, this is Number.")]
    [InlineData("""{ "format": "ditfastattn-plan/2" }""", "format: 'ditfastattn-plan/2' is not 'ditfastattn-plan/1'.")]
    public void File_that_is_no_plan_says_why(string text, string why)
        => Should.Throw<FormatException>(() => PlanFile.Read(text)).Message.ShouldStartWith(why);

    [Theory]
    [InlineData("\"steps\": 2", "\"steps\": 3", "steps: 3 does not agree with the 2 rows.")]
    [InlineData("\"steps\": 2", "\"steps\": 2.5", "steps: a whole number of at least 0 was expected, this is 2.5.")]
    [InlineData("\"steps\": 2", "\"steps\": -2", "steps: a whole number of at least 0 was expected, this is -2.")]
    [InlineData("\"steps\": 2", "\"steps\": [1, 2]", "steps: a whole number of at least 0 was expected, this is Array.")]
    [InlineData("\"guidance\": \"conditional-last\"", "\"guidance\": \"both\"", "guidance: 'both' is not none, conditional-first or conditional-last.")]
    [InlineData("\"window\": \"1/8\"", "\"window\": \"wide\"", "window: window 'wide' is neither a number of tokens (128) nor a fraction of them (1/8), a different one on each side (128:0), or one for each axis of the grid (8x8, 1x8x8).")]
    [InlineData("\"Wt\"", "[\"wars+asc\"]", "rows[1]: 1 strategies for 2 sites.")]
    [InlineData("\"Wt\"", "\"W\"", "rows[1]: 1 strategies for 2 sites.")]
    [InlineData("\"Wt\"", "[\"wars+asc\", 5]", "rows[1][1]: a strategy id was expected, this is Number.")]
    [InlineData("\"Wt\"", "7", "rows[1]: a list of strategy ids or a text of the legend's letters was expected, this is Number.")]
    [InlineData("\"Wt\"", "\"Wx\"", "rows[1][1]: the legend has no 'x'.")]
    [InlineData("\"t\": \"ast\"", "\"tt\": \"ast\"", "legend: 'tt' is not one letter.")]
    [InlineData("\"t\": \"ast\"", "\"t\": 5", "legend.t: a strategy id was expected, this is Number.")]
    [InlineData("\"t\": \"ast\"", "\"t\": \"ast\", \"t\": \"asc\"", "not JSON")]
    [InlineData("{ \"F\": \"full\", \"W\": \"wars+asc\", \"t\": \"ast\" }", "\"F\"", "legend: an object was expected, this is String.")]
    [InlineData("\"psnr\": 33.25", "\"psnr\": \"high\"", "origin.psnr: a number was expected, this is String.")]
    [InlineData("\"heads\": 4", "\"heads\": \"four\"", "sites[0].heads: a whole number of at least 0 was expected, this is \"four\".")]
    [InlineData("\"name\": \"blocks.0.attn\"", "\"title\": \"blocks.0.attn\"", "sites[0].name: missing.")]
    [InlineData("\"method\": \"greedy\"", "\"method\": null", "origin.method: a text was expected, this is Null.")]
    [InlineData("\"threshold\": 0.075", "\"threshold\": \"low\"", "origin.threshold: a number was expected, this is String.")]
    [InlineData("\"tokens\": 4096", "\"tokens\": 1e300", "tokens: a whole number of at least 0 was expected, this is 1e300.")]
    [InlineData("\"guidanceScale\": 4.5", "\"guidanceScale\": 1e999", "guidanceScale: a number was expected, this is 1e999.")]
    [InlineData("\"calibrationSamples\": 8", "\"calibrationSamples\": 8000000000", "origin.calibrationSamples: a whole number of at most 2147483647 was expected, this is 8000000000.")]
    [InlineData("\"scheduler\": \"ddim\"", "\"scheduler\": \"\\ud800\"", "scheduler: the text is not valid Unicode.")]
    [InlineData("\"dtype\": \"float32\"", "\"dtype\": \"float32\", \"dtype\": \"bfloat16\"", "not JSON")]
    public void Malformed_field_is_named(string right, string wrong, string why)
    {
        var text = PlanFile.Write(Whole);
        text.ShouldContain(right);

        Should.Throw<FormatException>(() => PlanFile.Read(text.Replace(right, wrong, StringComparison.Ordinal))).Message.ShouldStartWith(why);
    }

    [Fact]
    public void Rows_of_ids_are_read_as_rows_of_letters_are()
    {
        var lists = PlanFile.Write(Whole).Replace("\"FF\"", "[\"full\", \"full\"]", StringComparison.Ordinal).Replace("\"Wt\"", "[\"wars+asc\", \"ast\"]", StringComparison.Ordinal);
        PlanFile.Read(lists).Rows.ShouldBe(Whole.Rows);
        PlanFile.Read(string.Join('\n', lists.Split('\n').Where(line => !line.Contains("legend", StringComparison.Ordinal)))).Rows.ShouldBe(Whole.Rows);
        PlanFile.Read(PlanFile.Write(Whole).Replace("\"Wt\"", "\"\\u0057t\"", StringComparison.Ordinal)).Rows.ShouldBe(Whole.Rows);
    }

    [Fact]
    public void Strategies_of_ones_own_have_letters_that_no_built_in_one_has()
    {
        string[] ids = ["full", "wars", "when", "where", "fast", "0-0", "nnn", "a+b", "-"];
        var text = PlanFile.Write(Whole with { Model = new ModelFingerprint("DiT", [.. ids.Select(id => new SiteFingerprint(id, 0, 0))]), Rows = [ids] });

        text.ShouldContain("""{ "F": "full", "w": "wars", "h": "when", "e": "where", "f": "fast", "0": "0-0", "a": "nnn", "b": "a+b", "d": "-" }""");
        PlanFile.Read(text).Rows.ShouldBe([ids]);
    }

    [Fact]
    public void A_plan_of_more_strategies_than_letters_has_lists()
    {
        string[] ids = [.. Enumerable.Range(0, 70).Select(i => $"s{i}")];
        var text = PlanFile.Write(Whole with { Model = new ModelFingerprint("DiT", [.. ids.Select(id => new SiteFingerprint(id, 0, 0))]), Rows = [ids] });

        text.ShouldNotContain("legend");
        PlanFile.Read(text).Rows.ShouldBe([ids]);
    }

    [Theory]
    [InlineData("{ \"format\": \"ditfastattn-plan/1\", }", "not JSON (line 1, column 35: '}' where a name in quotes was expected).")]
    [InlineData("{\n  // by hand\n}", "not JSON (line 2, column 3: a comment or '/' where a name in quotes was expected).")]
    [InlineData("[1, 2", "not JSON (line 1, column 6: the end where ',' or ']' was expected).")]
    [InlineData("[1 2]", "not JSON (line 1, column 4: '2' where ',' or ']' was expected).")]
    [InlineData("[01]", "not JSON (line 1, column 2: '01' is no number).")]
    [InlineData("[1.]", "not JSON (line 1, column 2: '1.' is no number).")]
    [InlineData("[\"a\nb\"]", "not JSON (line 1, column 4: the control character U+000A in a text, where it has to be escaped).")]
    [InlineData("[\"\\x\"]", "not JSON (line 1, column 3: '\\' in a text that begins none of")]
    [InlineData("[\"abc]", "not JSON (line 1, column 2: a text without its closing quote).")]
    [InlineData("{ \"a\": { \"b\": 1, \"\\u0062\": 2 } }", "not JSON (line 1, column 18: 'b' is there twice).")]
    [InlineData("{} {}", "not JSON (line 1, column 4: '{' behind the end).")]
    [InlineData("[nul]", "not JSON (line 1, column 2: 'n' where a value was expected).")]
    public void Text_that_is_not_json_says_where(string text, string why)
        => Should.Throw<FormatException>(() => PlanFile.Read(text)).Message.ShouldStartWith(why);

    [Fact]
    public void Files_that_are_not_utf8_are_refused()
    {
        var path = Path.Combine(_folder.FullName, "latin1.plan.json");
        File.WriteAllText(path, PlanFile.Write(Whole), Encoding.Latin1);
        Should.Throw<FormatException>(() => PlanFile.Load(path)).Message.ShouldBe($"plan '{path}': the file is not UTF-8, or lost characters when it was saved.");
        File.WriteAllText(path, PlanFile.Write(Whole), Encoding.Unicode);
        Should.Throw<FormatException>(() => PlanFile.Load(path)).Message.ShouldBe($"plan '{path}': the file is not UTF-8, or lost characters when it was saved.");
        File.WriteAllText(path, PlanFile.Write(Whole), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        PlanFile.Load(path).Scheduler.ShouldBe("ddim");
    }

    [Fact]
    public void Message_names_the_file()
    {
        var path = Path.Combine(_folder.FullName, "broken.plan.json");
        File.WriteAllText(path, "{}");

        Should.Throw<FormatException>(() => PlanFile.Load(path)).Message.ShouldBe($"plan '{path}': format: missing.");
        Should.Throw<FileNotFoundException>(() => PlanFile.Load(Path.Combine(_folder.FullName, "none.plan.json")));
    }

    [Fact]
    public void Damaged_text_is_a_plan_or_a_format_error_and_nothing_else()
    {
        var random = new Random(3);
        var text = PlanFile.Write(Whole);
        string[] pieces = ["\"", "{", "}", "[", "]", ",", ":", "null", "-1", "1e999", "\\ud800", "\0", "true", "\"\"", "99999999999999999999", " "];
        var (refused, read) = (0, 0);
        for (var round = 0; round < 4000; round++)
        {
            var damaged = new StringBuilder(text);
            for (var edits = random.Next(1, 4); edits > 0; edits--)
            {
                var at = random.Next(damaged.Length);
                damaged.Remove(at, Math.Min(random.Next(0, 12), damaged.Length - at)).Insert(at, pieces[random.Next(pieces.Length)]);
            }

            try
            {
                PlanFile.Write(PlanFile.Read(damaged.ToString()));
                read++;
            }
            catch (FormatException error)
            {
                refused++;
                error.Message.StartsWith("not JSON", StringComparison.Ordinal).ShouldBe(!IsJson(damaged.ToString()), $"{error.Message}\n{damaged}");
            }
        }

        refused.ShouldBeGreaterThan(1000);
        read.ShouldBeGreaterThan(0);
    }

    /// <summary>What the platform's own reader says; it knows half a surrogate pair only when it is asked for the text.</summary>
    private static bool IsJson(string text)
    {
        try
        {
            JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false }).Dispose();
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return error is InvalidOperationException;
        }
    }

    [Fact]
    public void Deeply_nested_and_large_texts_are_refused()
    {
        Should.Throw<FormatException>(() => PlanFile.Read(new string('[', 100_000))).Message.ShouldStartWith("not JSON");
        Should.Throw<FormatException>(() => PlanFile.Read("\"" + new string('x', 5_000_000) + "\"")).Message.ShouldStartWith("a plan is a JSON object");
        Should.Throw<FormatException>(() => PlanFile.Read("\"" + new string('x', 8 << 20) + "\"")).Message.ShouldBe("the file is larger than 8 MiB, which no plan is.");
    }

    [Fact]
    public void Failed_save_leaves_nothing_behind()
    {
        var path = Path.Combine(_folder.FullName, "taken");
        Directory.CreateDirectory(path);

        Should.Throw<Exception>(() => PlanFile.Save(Bare, path)).ShouldBeAssignableTo<SystemException>();

        _folder.EnumerateFiles().ShouldBeEmpty();
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
