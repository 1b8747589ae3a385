using System.Text.Json;
using System.Text.Json.Nodes;
using DiTFastAttn.Cli.Tests.Testing;
using Microsoft.Playwright;

namespace DiTFastAttn.Report.Tests;

/// <summary>The page of <c>report</c> in a real browser.</summary>
/// <param name="browser">The browser.</param>
public sealed class PageTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_loads_without_errors_and_asks_the_network_for_nothing()
    {
        await using var page = await browser.Open();

        (await page.Page.TitleAsync()).ShouldBe("Study of demo");
        (await page.Locator("main section:visible h2").AllInnerTextsAsync()).ShouldBe(["Summary", "Plan", "Pictures", "Plots", "Drawings", "Tables", "Reproduce", "Notes"]);
        (await page.Locator("#contents a").AllInnerTextsAsync()).Count.ShouldBe(8);
        await page.Locator(".plot canvas").First.WaitForAsync();
        (await page.Page.EvaluateAsync<bool>("() => [...document.images].every((image) => image.complete && image.naturalWidth > 0)")).ShouldBeTrue();
        page.Requests.ShouldAllBe(url => url.StartsWith("file:", StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal));
        page.Requests.Count(url => url.StartsWith("file:", StringComparison.Ordinal)).ShouldBe(1);
        page.Troubles.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_summary_says_what_the_first_run_is_worth_and_follows_the_choice()
    {
        await using var page = await browser.Open();
        var values = page.Locator(".card .value");

        (await page.Locator("#summary-reason").InnerTextAsync()).ShouldContain("“D3”; shown first: it computes least of those that keep a mean PSNR of 28 dB");
        (await values.AllInnerTextsAsync()).ShouldBe(["1.33", "61.5", "34.5", "31.5"]);
        await page.Page.GetByLabel("Run").First.SelectOptionAsync("D6");
        (await values.AllInnerTextsAsync()).ShouldBe(["1.60", "38.5", "24.3", "31.5"]);
        (await page.Locator(".plan-grid").GetAttributeAsync("aria-label")).ShouldBe("Plan D6: strategy by site and step");
        (await page.Locator("#pictures-count").InnerTextAsync()).ShouldContain("“D6”");
        (await page.Locator("select:has(option[value=D6])").EvaluateAllAsync<string[]>("(all) => all.map((select) => select.value)")).ShouldBe(["D6", "D6", "D6"]);
    }

    [Fact]
    public async Task A_cell_of_the_plan_tells_its_strategy_and_losses_under_the_pointer()
    {
        await using var page = await browser.Open();

        await page.Locator("td[data-step='2'][data-site='0']").HoverAsync();

        var card = page.Locator("#tip");
        await card.WaitForAsync();
        var text = await card.InnerTextAsync();
        text.ShouldContain("wars");
        text.ShouldContain("Step 2, blocks.0.attn");
        (await card.Locator("tbody tr").AllInnerTextsAsync()).ShouldBe(["ast\t0.0625\t0.0333\ttoo much", "wars\t0.01563\t0.0333\ttaken"]);
        await page.Page.Keyboard.PressAsync("Escape");
        (await card.IsHiddenAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Arrow_keys_go_through_the_plan_and_a_cell_has_a_text()
    {
        await using var page = await browser.Open();
        await page.Locator("td[data-step='0'][data-site='0']").FocusAsync();

        foreach (var key in new[] { "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft" })
        {
            await page.Page.Keyboard.PressAsync(key);
        }

        (await Focused()).ShouldBe("Step 1, blocks.2.attn: ast; loss 0.03125, limit 0.1; tried: ast 0.03125, taken.");
        (await page.Locator("#tip").InnerTextAsync()).ShouldContain("Step 1, blocks.2.attn");
        (await page.Locator("td[tabindex='0']").CountAsync()).ShouldBe(1);
        await page.Page.Keyboard.PressAsync("Control+End");
        (await Focused())!.ShouldStartWith("Step 5, blocks.2.attn");
        await page.Page.Keyboard.PressAsync("Control+Home");
        (await Focused()).ShouldBe("Step 0, blocks.0.attn: full; not searched.");

        Task<string?> Focused() => page.Page.EvaluateAsync<string?>("() => document.activeElement.getAttribute('aria-label')");
    }

    [Fact]
    public async Task The_slider_moves_by_keys_and_pointer()
    {
        await using var page = await browser.Open();
        var range = page.Locator("input.split");
        var frame = page.Locator(".frame.slider");

        (await range.InputValueAsync()).ShouldBe("50");
        await range.FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowRight");
        (await range.InputValueAsync()).ShouldBe("51");
        (await range.GetAttributeAsync("aria-valuetext")).ShouldBe("51 % full attention, the rest with the plan");
        (await page.Locator(".over").EvaluateAsync<string>("(image) => getComputedStyle(image).clipPath")).ShouldContain("51%");
        await page.Page.Keyboard.PressAsync("Home");
        (await range.InputValueAsync()).ShouldBe("0");

        var box = (await frame.BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(box.X + (0.25f * box.Width), box.Y + 20);
        await page.Page.Mouse.DownAsync();
        (await range.InputValueAsync()).ShouldBe("25");
        await page.Page.Mouse.MoveAsync(box.X + (0.8f * box.Width), box.Y + 20);
        (await range.InputValueAsync()).ShouldBe("80");
        await page.Page.Mouse.UpAsync();
        await page.Page.Mouse.MoveAsync(box.X + (0.1f * box.Width), box.Y + 20);
        (await range.InputValueAsync()).ShouldBe("80");
    }

    [Fact]
    public async Task A_finger_moves_the_slider_and_tells_a_cell()
    {
        await using var page = await browser.Open(width: 390, touch: true);
        var frame = page.Locator(".frame.slider");

        await frame.ScrollIntoViewIfNeededAsync();
        var box = (await frame.BoundingBoxAsync())!;
        await page.Page.Touchscreen.TapAsync(box.X + (0.75f * box.Width), box.Y + (box.Height / 2));
        (await page.Locator("input.split").InputValueAsync()).ShouldBe("75");
        await page.Locator("td[data-step='2'][data-site='0']").TapAsync();
        (await page.Locator("#tip").InnerTextAsync()).ShouldContain("Step 2, blocks.0.attn");
    }

    [Fact]
    public async Task Pictures_are_chosen_by_keys_compared_in_three_ways_and_each_has_its_psnr()
    {
        await using var page = await browser.Open();

        // Every level is 3 higher, but where a byte is full: 10·log10(255²/3²) = 38.6.
        (await page.Locator(".thumb-psnr").AllInnerTextsAsync()).ShouldBe(["38.6 dB", "38.6 dB", "38.6 dB", "38.6 dB"]);
        await page.Locator("input[name=picture]").First.FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowRight");
        (await page.Locator("#stage .caption").InnerTextAsync()).ShouldBe("00001 PSNR 38.6 dB.");
        await page.Page.GetByLabel("View").SelectOptionAsync("beside");
        (await page.Locator(".beside figcaption").AllInnerTextsAsync()).ShouldBe(["full attention", "plan “D3”"]);
        await page.Page.GetByLabel("View").SelectOptionAsync("difference");
        (await page.Locator(".frame.difference img").CountAsync()).ShouldBe(2);
        page.Troubles.ShouldBeEmpty();
    }

    [Fact]
    public async Task Heads_sort_rows_and_say_so()
    {
        await using var page = await browser.Open();
        var table = page.Page.GetByRole(AriaRole.Table, new PageGetByRoleOptions { Name = "Cost and quality", Exact = true });
        var head = table.Locator("thead th").Nth(1);

        (await Rows()).ShouldBe(["D3", "full", "D10", "D6"]);
        await head.Locator("button").ClickAsync();
        (await head.GetAttributeAsync("aria-sort")).ShouldBe("ascending");
        (await Rows()).ShouldBe(["D6", "D3", "full", "D10"]); // what is not known stands last
        await page.Page.Keyboard.PressAsync("Enter");
        (await head.GetAttributeAsync("aria-sort")).ShouldBe("descending");
        (await Rows()).ShouldBe(["full", "D3", "D6", "D10"]);
        await table.Locator("thead th").Nth(0).Locator("button").ClickAsync();
        (await Rows()).ShouldBe(["D3", "D6", "D10", "full"]); // numbers in names count
        (await head.GetAttributeAsync("aria-sort")).ShouldBe("none");
        (await page.Locator(".of-paper tbody tr").AllInnerTextsAsync()).ShouldBe(["D3\t3.07", "D6\t3.52"]);

        Task<IReadOnlyList<string>> Rows() => table.Locator("tbody th").AllInnerTextsAsync();
    }

    [Fact]
    public async Task A_table_is_copied_as_csv_in_the_order_it_is_seen_and_the_command_as_it_is()
    {
        await using var page = await browser.Open();
        var article = page.Locator(".table-box").Filter(new LocatorFilterOptions { HasText = "Cost and quality" });

        await article.Locator("thead th button").Nth(1).ClickAsync();
        await article.GetByText("Copy as CSV").First.ClickAsync();
        (await Clipboard()).ShouldBe("plan,\"PSNR, dB\",note\nD6,24.25,x\nD3,34.5,\"a, b\"\nfull,Infinity,\nD10,,\"say \"\"no\"\"\"\n");
        await page.Locator(".command button").ClickAsync();
        (await Clipboard()).ShouldBe("./ditfast evaluate study.json --out 'a study'");
        (await page.Locator(".environment").InnerTextAsync()).ShouldContain("cpu");

        Task<string> Clipboard() => page.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()");
    }

    [Fact]
    public async Task A_long_table_sorts_and_copies_all_its_rows_and_shows_them_where_wanted()
    {
        const int Rows = 1200;
        var folder = SampleStudy.Write(_folder["long"], results => results["tables"]![0]!["rows"] = new JsonArray([.. Enumerable.Range(0, Rows).Select(row => new JsonArray($"p{row}", (row * 7) % Rows, null))]));
        Ditfast.Run("report", folder).Status.ShouldBe(0);
        await using var page = await browser.Open(folder);
        var article = page.Locator(".table-box").Filter(new LocatorFilterOptions { HasText = "Cost and quality" }).Locator(".table-part").First;

        (await article.Locator("tbody tr").CountAsync()).ShouldBe(500);
        (await article.Locator(".table-foot").InnerTextAsync()).ShouldContain("500 of 1200 rows");
        await article.Locator("thead th button").Nth(1).ClickAsync();
        await article.Locator("thead th button").Nth(1).ClickAsync();
        (await article.Locator("tbody td").First.InnerTextAsync()).ShouldBe("1199");
        await article.GetByText("Copy as CSV").ClickAsync();
        (await page.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()")).Split('\n').Length.ShouldBe(Rows + 2);
        await article.GetByText("Show all").ClickAsync();
        (await article.Locator("tbody tr").CountAsync()).ShouldBe(Rows);
    }

    [Fact]
    public async Task A_plot_tells_its_marks_under_the_pointer_and_by_keys_and_what_it_cannot_draw()
    {
        await using var page = await browser.Open();
        var article = page.Locator(".plot-box").Filter(new LocatorFilterOptions { HasText = "Latency against FLOPs" });
        var plot = article.Locator(".plot");

        (await article.Locator(".hint").InnerTextAsync()).ShouldBe("2 of 6 marks have no finite value and are not drawn: lost, endless.");
        (await plot.GetAttributeAsync("aria-label"))!.ShouldContain("4 marks");
        await plot.ScrollIntoViewIfNeededAsync();
        await plot.FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowRight");
        await page.Page.Keyboard.PressAsync("ArrowRight");
        (await page.Locator("#said").InnerTextAsync()).ShouldBe("D3, FLOPs 61.25 %, latency 9 s");
        var spot = (await article.Locator(".spot").BoundingBoxAsync())!;
        await page.Page.Keyboard.PressAsync("End");
        await page.Page.Mouse.MoveAsync(spot.X + (spot.Width / 2) + 5, spot.Y + (spot.Height / 2));
        (await page.Locator("#tip").InnerTextAsync()).ShouldContain("latency 9 s");
        await article.Locator("summary").ClickAsync();
        (await article.Locator("tbody tr").CountAsync()).ShouldBe(6);
    }

    [Fact]
    public async Task Dark_is_what_the_system_prefers_or_the_reader_chooses_and_is_kept()
    {
        await using var dark = await browser.Open(scheme: ColorScheme.Dark);
        (await Theme(dark)).ShouldBe("dark");
        (await Brightness(dark)).ShouldBeLessThan(0.2);

        await using var light = await browser.Open();
        (await Brightness(light)).ShouldBeGreaterThan(0.8);
        await light.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Dark colours" }).ClickAsync();
        (await Brightness(light)).ShouldBeLessThan(0.2);
        await light.Page.ReloadAsync();
        (await Theme(light)).ShouldBe("dark");
        light.Troubles.ShouldBeEmpty();

        static Task<string> Theme(Browser.OpenPage page) => page.Page.EvaluateAsync<string>("() => document.documentElement.dataset.theme");
        static Task<double> Brightness(Browser.OpenPage page) => page.Page.EvaluateAsync<double>("() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((sum, level) => sum + Number(level), 0) / 765");
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Text_stands_out_from_what_is_behind_it(ColorScheme scheme)
    {
        await using var page = await browser.Open(scheme: scheme);

        // WCAG 2.2, 1.4.3: at least 4.5 to 1 for text.
        var pale = await page.Page.EvaluateAsync<string[]>("""
            () => {
              const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
              const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
              const behind = (node) => { for (let at = node; at; at = at.parentElement) { const c = parts(getComputedStyle(at).backgroundColor); if (c.length < 4 || c[3] > 0.7) return c; } return [255, 255, 255]; };
              return [...document.querySelectorAll('body *')].filter((node) => node.checkVisibility() && [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())).map((node) => {
                const [a, b] = [luminance(parts(getComputedStyle(node).color)), luminance(behind(node))].sort((x, y) => y - x);
                return [(a + 0.05) / (b + 0.05), `${node.tagName}.${node.className}: ${node.textContent.slice(0, 30)}`];
              }).filter(([ratio]) => ratio < 4.5).map(([ratio, what]) => `${ratio.toFixed(2)} ${what}`);
            }
            """);

        pale.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(360)]
    [InlineData(390)]
    [InlineData(768)]
    public async Task Nothing_makes_a_narrow_page_scroll_sideways(int width)
    {
        var folder = SampleStudy.Write(_folder["wide"], results =>
        {
            results["command"] = "./ditfast evaluate " + new string('x', 300);
            results["tables"]![0]!["rows"]![0]![2] = string.Concat(Enumerable.Repeat("word ", 80));
            results["points"]![1]!["name"] = "a-name-that-is-longer-than-any-phone-is-wide-and-has-no-place-to-break";
            results["notes"]!.AsArray().Add(new string('n', 200));
        });
        Ditfast.Run("report", folder, "--title", "A title of many words, which is longer than a line of a phone, and_one_that_cannot_be_broken_anywhere").Status.ShouldBe(0);
        await using var page = await browser.Open(folder, width);

        (await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")).ShouldBe(0);
        page.Troubles.ShouldBeEmpty();
    }

    [Fact]
    public async Task Names_with_markup_are_text_and_run_nothing()
    {
        var folder = SampleStudy.Write(_folder["hostile"], results =>
        {
            const string Hostile = SampleStudy.Hostile;
            results["command"] = Hostile;
            results["environment"]!["system"] = Hostile;
            results["notes"]!.AsArray().Add(Hostile);
            results["points"]![1]!["name"] = Hostile;
            results["points"]![1]!["part"] = Hostile;
            results["images"]![0]!["alt"] = Hostile;
            results["images"]![0]!["title"] = Hostile;
            results["tables"]![0]!["title"] = Hostile;
            results["tables"]![0]!["id"] = "../../" + Hostile;
            results["tables"]![0]!["rows"]![0]![2] = Hostile;
            results["tables"]![0]!["columns"]![0]!["name"] = Hostile;
            results["figures"]![0]!["title"] = Hostile;
            results["figures"]![0]!["series"]![0]!["name"] = Hostile;
            results["figures"]![0]!["series"]![0]!["points"]![0]!["label"] = Hostile;
        });
        var plan = Path.Combine(folder, "plans", "D3.plan.json");
        File.WriteAllText(plan, File.ReadAllText(plan).Replace("blocks.0.attn", JsonEncodedText.Encode(SampleStudy.Hostile).ToString(), StringComparison.Ordinal).Replace("\"wars\"", $"\"{JsonEncodedText.Encode(SampleStudy.Hostile)}\"", StringComparison.Ordinal));
        var result = Ditfast.Run("report", folder, "--title", SampleStudy.Hostile, "--csv", _folder["csv"]);
        result.Status.ShouldBe(0, result.Log);
        await using var page = await browser.Open(folder);

        (await page.Page.TitleAsync()).ShouldBe(SampleStudy.Hostile);
        (await page.Locator("h1").InnerTextAsync()).ShouldBe(SampleStudy.Hostile);
        (await page.Locator(".command code").InnerTextAsync()).ShouldBe(SampleStudy.Hostile);
        await page.Locator("td[data-step='1'][data-site='0']").HoverAsync();
        (await page.Locator("#tip").InnerTextAsync()).ShouldContain(SampleStudy.Hostile);
        (await page.Page.EvaluateAsync<bool>("() => window.hacked === undefined")).ShouldBeTrue();
        (await page.Locator("script").CountAsync()).ShouldBe(3);
        page.Troubles.ShouldBeEmpty();
        page.Requests.ShouldNotContain(url => url.EndsWith("/x", StringComparison.Ordinal));
        _folder.Names.Where(name => name.StartsWith("csv", StringComparison.Ordinal)).ShouldAllBe(name => !name.Contains("..") && !name.Contains('<'));
    }

    [Fact]
    public async Task A_program_that_got_into_the_page_would_not_run()
    {
        await using var page = await browser.Open();

        await page.Page.EvaluateAsync("() => { const added = document.createElement('script'); added.textContent = 'window.hacked = 1'; document.body.append(added); }");

        (await page.Page.EvaluateAsync<bool>("() => window.hacked === undefined")).ShouldBeTrue();
        page.Troubles.ShouldHaveSingleItem().ShouldContain("Content Security Policy");
    }

    [Fact]
    public async Task Everything_that_takes_the_focus_shows_it_and_has_a_name()
    {
        await using var page = await browser.Open();
        var seen = new HashSet<string>(StringComparer.Ordinal);

        for (var i = 0; i < 120; i++)
        {
            await page.Page.Keyboard.PressAsync("Tab");
            var at = (await page.Page.EvaluateAsync("""
                () => {
                  const node = document.activeElement;
                  if (node === document.body) return null;
                  const shown = [node, node.parentElement].some((one) => { const style = getComputedStyle(one); return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none'; });
                  const name = node.getAttribute('aria-label') || node.labels?.[0]?.textContent || node.textContent;
                  return { what: `${node.tagName}#${node.id}.${node.className}`, name: name.trim(), shown };
                }
                """))?.Deserialize<JsonObject>();
            if (at is null)
            {
                break;
            }

            var what = (string)at["what"]!;
            seen.Add(what.Split('#')[0]);
            ((bool)at["shown"]!).ShouldBeTrue($"{what} does not show that it has the focus");
            ((string)at["name"]!).ShouldNotBeEmpty($"{what} has no name");
        }

        seen.ShouldBeSubsetOf(["A", "BUTTON", "SELECT", "TD", "INPUT", "DIV", "SUMMARY", "PRE"]);
        seen.Count.ShouldBe(8);
    }

    [Fact]
    public async Task Headings_are_in_order_and_regions_are_named()
    {
        await using var page = await browser.Open();

        var levels = await page.Page.EvaluateAsync<int[]>("() => [...document.querySelectorAll('h1, h2, h3, h4')].filter((heading) => heading.checkVisibility()).map((heading) => Number(heading.tagName[1]))");

        levels[0].ShouldBe(1);
        levels.Count(level => level == 1).ShouldBe(1);
        levels.Zip(levels.Skip(1)).ShouldAllBe(pair => pair.Second <= pair.First + 1);
        (await page.Page.EvaluateAsync<bool>("() => [...document.querySelectorAll('section')].every((section) => document.getElementById(section.getAttribute('aria-labelledby')))")).ShouldBeTrue();
        (await page.Page.EvaluateAsync<bool>("() => [...document.images].every((image) => image.hasAttribute('alt'))")).ShouldBeTrue();
    }

    [Fact]
    public async Task Who_wants_no_motion_sees_none()
    {
        await using var still = await browser.Open(motion: ReducedMotion.Reduce);
        await using var moving = await browser.Open();

        (await still.Page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).scrollBehavior")).ShouldBe("auto");
        (await moving.Page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).scrollBehavior")).ShouldBe("smooth");
    }
}
