using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;

namespace DiTFastAttn.Samples.Tests;

/// <summary>The server as its callers see it.</summary>
/// <param name="server">One for all tests.</param>
public sealed partial class WebApiTests(WebApiServer server) : IClassFixture<WebApiServer>
{
    private static readonly byte[] PngSignature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    private readonly HttpClient _client = server.Client;

    [Fact]
    public async Task Each_request_has_the_picture_of_its_profile_also_among_others()
    {
        string[] requests = ["profile=exact", "profile=fast", "profile=balanced", "seed=9&profile=fast"];
        var inTurn = new List<byte[]>();
        foreach (var request in requests)
        {
            inTurn.Add(await Picture(request));
        }

        inTurn.ShouldAllBe(picture => picture.Take(8).SequenceEqual(PngSignature));
        inTurn.Select(Convert.ToHexString).ShouldBeUnique();
        (await Picture("")).ShouldBe(inTurn[2], "balanced is the usual profile");

        var atOnce = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Picture(requests[i % requests.Length])));

        for (var i = 0; i < atOnce.Length; i++)
        {
            atOnce[i].ShouldBe(inTurn[i % requests.Length]);
        }
    }

    [Theory]
    [InlineData("pictures/3?profile=quick", "profile: the run asks for 'quick'; known are 'fast', 'balanced', 'exact'.")]
    [InlineData("pictures/13", "label 13 is out of range")]
    [InlineData("pictures/3?steps=0", "steps")]
    [InlineData("pictures/3?steps=2000000", "steps")]
    public async Task What_cannot_be_painted_is_refused_with_the_reason(string request, string reason)
    {
        using var answer = await _client.GetAsync(new Uri(request, UriKind.Relative));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain(reason);
    }

    [Fact]
    public async Task The_readmes_requests_get_the_answers_that_it_shows()
    {
        var lines = Readme.Lines("WebApi").ToList();
        lines.Count.ShouldBe(8);
        for (var i = 0; i < lines.Count; i += 2)
        {
            var address = new Uri(Request().Match(lines[i]).Groups["path"].Value, UriKind.Relative);
            using var answer = await _client.GetAsync(address);
            var shown = lines[i].Contains("%{http_code} %{content_type}", StringComparison.Ordinal)
                ? $"{(int)answer.StatusCode} {answer.Content.Headers.ContentType}"
                : await answer.Content.ReadAsStringAsync();

            // How many requests were given up before is not this one's.
            Counts().Replace(shown, ":#").ShouldBe(Counts().Replace(lines[i + 1], ":#"), lines[i]);
        }
    }

    [Fact]
    public async Task A_request_that_is_given_up_stops_between_two_steps()
    {
        using var patience = new CancellationTokenSource();
        var request = _client.GetAsync(new Uri("pictures/1?steps=1000&profile=exact", UriKind.Relative), patience.Token);
        await Until(state => state.Painting == 1);

        await patience.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(request);
        await Until(state => state is { Painting: 0, GivenUp: 1 });
    }

    private async Task<byte[]> Picture(string query)
    {
        using var answer = await _client.GetAsync(new Uri($"pictures/3?steps=4&{query}", UriKind.Relative));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("image/png");
        return await answer.Content.ReadAsByteArrayAsync();
    }

    private async Task Until(Predicate<State> holds)
    {
        var watch = Stopwatch.StartNew();
        while (await _client.GetFromJsonAsync<State>(new Uri("state", UriKind.Relative)) is var state && !holds(state!))
        {
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(2), $"{state}");
            await Task.Delay(50);
        }
    }

    [GeneratedRegex(@"'http://localhost:5000/(?<path>[^']+)'", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Request();

    [GeneratedRegex(@":\d+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Counts();

    private sealed record State(int Painting, int GivenUp);
}
