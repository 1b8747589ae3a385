namespace DiTFastAttn.Models;

/// <summary>
/// Writes a video as animated PNG, as MP4 where ffmpeg is there, and as a sheet of some of its frames. One frame is in memory at a time. A video of
/// one frame is a picture.
/// </summary>
public static class VideoWriter
{
    private const int SheetFrames = 16;
    private const int SheetColumns = 4;
    private const int SheetWidth = 2048;

    /// <summary>Writes.</summary>
    /// <param name="path">The files' path without extension: <c>.png</c>, <c>.mp4</c> and <c>-sheet.png</c> are added.</param>
    /// <param name="frames">Pictures of one size; taken as they come.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="fps">Frames a second, above 0.</param>
    /// <param name="encoder">The program that makes the MP4.</param>
    /// <param name="texts">Texts by keyword, for example the settings that the video was made with: in the PNG's chunks, and the MP4's comment.</param>
    /// <exception cref="IOException">A picture file cannot be written.</exception>
    public static VideoFiles Write(string path, IEnumerable<RgbImage> frames, int count, double fps, string encoder = "ffmpeg", IReadOnlyDictionary<string, string>? texts = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(frames);
        var (animated, movie, sheet) = ($"{path}.png", $"{path}.mp4", $"{path}-sheet.png");
        if (count == 1)
        {
            frames.Single().SavePng(animated, texts);
            return new VideoFiles([animated], Problem: null, EncoderFailed: false);
        }

        var shown = new List<RgbImage>();
        FfmpegPipe? pipe = null;
        string? problem = null;
        var failed = false;
        try
        {
            AtomicFile.Write(animated, stream => AnimatedPngWriter.Write(stream, Tee(), count, fps, texts));
            Encode(() => pipe?.Finish());
        }
        finally
        {
            pipe?.Dispose();
        }

        if (problem is not null)
        {
            // One of an earlier run would show something else.
            File.Delete(movie);
        }

        RgbImage.Grid(shown, Math.Min(SheetColumns, shown.Count)).SavePng(sheet);
        return new VideoFiles(problem is null ? [animated, sheet, movie] : [animated, sheet], problem, failed);

        IEnumerable<RgbImage> Tee()
        {
            var index = 0;
            foreach (var frame in frames)
            {
                if (index == 0)
                {
                    pipe = FfmpegPipe.TryStart(
                        movie, frame.Width, frame.Height, fps, encoder, texts is null ? "" : string.Join("; ", texts.Select(text => $"{text.Key}: {text.Value}")));
                    problem = pipe is null ? $"'{movie}' was not made: there is no program '{encoder}'; install ffmpeg for MP4. The frames are in '{animated}'." : null;
                }

                if (IsShown(index, count))
                {
                    shown.Add(Shrink(frame));
                }

                index++;
                Encode(() => pipe?.Write(frame));
                yield return frame;
            }
        }

        // What ffmpeg does not want any more, the animated PNG still gets.
        void Encode(Action action)
        {
            try
            {
                action();
            }
            catch (IOException error) when (pipe is not null)
            {
                (problem, failed) = ($"{error.Message}. The frames are in '{animated}'.", true);
                pipe.Dispose();
                pipe = null;
            }
        }
    }

    private static bool IsShown(int index, int count)
        => count <= SheetFrames || index * (long)SheetFrames / count != (index - 1L) * SheetFrames / count || index == 0;

    /// <summary>The frame at the size of a cell of the sheet: every n-th pixel.</summary>
    private static RgbImage Shrink(RgbImage frame)
    {
        var step = Math.Max(1, (int)Math.Ceiling(frame.Width * (double)SheetColumns / SheetWidth));
        if (step == 1)
        {
            return frame;
        }

        var small = new RgbImage(frame.Width / step, Math.Max(1, frame.Height / step));
        var from = frame.Pixels.Span;
        var to = small.Pixels.Span;
        for (var row = 0; row < small.Height; row++)
        {
            for (var column = 0; column < small.Width; column++)
            {
                from.Slice(((row * step * frame.Width) + (column * step)) * 3, 3).CopyTo(to[(((row * small.Width) + column) * 3)..]);
            }
        }

        return small;
    }
}
