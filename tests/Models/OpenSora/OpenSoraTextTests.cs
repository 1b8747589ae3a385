namespace DiTFastAttn.Models.Tests.OpenSora;

/// <summary>Strategies, prompts and sizes that a user wrote: what is wrong is said with its place.</summary>
public sealed class OpenSoraTextTests
{
    [Theory]
    [InlineData("0,0,x", "group 1, reference start, at character 5, is 'x'; a whole number is needed.")]
    [InlineData("0;1,,0", "group 2, reference, at character 5, is ''; a whole number is needed.")]
    [InlineData("0,0,0,0,1,high", "group 1, edit ratio, at character 11, is 'high'; a number from 0 to 1 is needed.")]
    [InlineData("0;0,0,0,0,1,0,5", "group 2 has 7 fields, from character 15 on too many; at most 6 are known")]
    public void A_malformed_strategy_is_refused_with_its_place(string strategy, string message)
        => Should.Throw<FormatException>(() => MaskStrategy.Parse(strategy)).Message.ShouldContain(message);

    [Fact]
    public void A_strategy_that_asks_for_frames_that_are_not_there_is_refused()
        => Should.Throw<FormatException>(() => MaskStrategy.Apply("0,0,3,0,8", 0, [6], 6)).Message
            .ShouldContain("copies 3 frames of reference 0 (which has 6) to 6 of the clip's 6");

    [Theory]
    [InlineData(16, 240, 426, 0, "frames a second have to be a number above 0.")]
    [InlineData(16, 240, 426, -3, "frames a second have to be a number above 0.")]
    [InlineData(0, 240, 426, 24, "a video has at least 1 frame.")]
    [InlineData(16, 4, 426, 24, "height and width have to be at least 8 pixels, one latent cell.")]
    public void Sizes_that_no_video_has_are_refused(int frames, int height, int width, double fps, string message)
        => Should.Throw<ArgumentOutOfRangeException>(() => new VideoConditioning(frames, height, width, fps)).Message.ShouldStartWith(message);

    [Theory]
    [InlineData("a {\"b\": {}}", "a second { or [ at character 9")]
    [InlineData("a [b]", "what begins at character 3 is not JSON")]
    public void A_prompt_whose_end_is_no_object_is_refused(string prompt, string message)
        => Should.Throw<FormatException>(() => VideoPrompt.SplitInfo(prompt)).Message.ShouldContain(message);

    [Theory]
    [InlineData("|0|a lake|", 2, "a start without a text at its end")]
    [InlineData("|0|a lake|x|a storm", 2, "'x' stands where a loop's number is needed")]
    [InlineData("|0|a|3|b", 2, "its starts give texts for 3 loops; there are 2")]
    public void Prompts_of_loops_are_refused_where_they_do_not_fit(string prompt, int loops, string message)
        => Should.Throw<FormatException>(() => VideoPrompt.OfLoops(prompt, loops)).Message.ShouldContain(message);

    [Theory]
    [InlineData("A <b>bold</b> cat &amp; DOG, see www.example.com/x", "a bold cat dog, see")]
    [InlineData("http://a.example.net and ftp://b.example.net", "and ftp")]
    public void Captions_are_cleaned(string caption, string cleaned) => OpenSoraCaption.Prepare(caption).ShouldBe(cleaned);
}
