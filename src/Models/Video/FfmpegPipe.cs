using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace DiTFastAttn.Models;

/// <summary>An MP4 that ffmpeg writes from frames that are handed to it through a pipe: no frame is on disk. The file appears whole or not at all.</summary>
public sealed class FfmpegPipe : IDisposable
{
    private const int KeptCharacters = 2000;

    private readonly Process _process;
    private readonly string _path;
    private readonly string _temporary;
    private readonly StringBuilder _messages = new();
    private bool _finished;

    private FfmpegPipe(Process process, string path, string temporary)
    {
        (_process, _path, _temporary) = (process, path, temporary);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>Starts ffmpeg.</summary>
    /// <param name="path">The MP4; replaced where it exists.</param>
    /// <param name="width">Pixels; an odd number is filled up, which the format needs.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="fps">Frames a second.</param>
    /// <param name="program">The program, <c>ffmpeg</c> from the path where it is not given.</param>
    /// <param name="comment">What the file's comment says.</param>
    /// <returns>The pipe, or <see langword="null"/> where there is no such program.</returns>
    public static FfmpegPipe? TryStart(string path, int width, int height, double fps, string program = "ffmpeg", string comment = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var temporary = AtomicFile.Begin(path);
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            ArgumentList =
            {
                "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", string.Create(CultureInfo.InvariantCulture, $"{width}x{height}"),
                "-r", fps.ToString("R", CultureInfo.InvariantCulture), "-i", "-", "-an", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-pix_fmt", "yuv420p",
                "-metadata", $"comment={comment}", "-f", "mp4", temporary,
            },
        };
        try
        {
            return new FfmpegPipe(Process.Start(start)!, path, temporary);
        }
        catch (Win32Exception)
        {
            AtomicFile.Abandon(temporary);
            return null;
        }
    }

    /// <summary>Hands over a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <exception cref="IOException">ffmpeg has ended; the message has its exit status and last words.</exception>
    public void Write(RgbImage frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        try
        {
            _process.StandardInput.BaseStream.Write(frame.Pixels.Span);
        }
        catch (IOException error)
        {
            throw Failed(error);
        }
    }

    /// <summary>Ends the video.</summary>
    /// <exception cref="IOException">ffmpeg failed; the message has its exit status and last words.</exception>
    public void Finish()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException error)
        {
            throw Failed(error);
        }

        _process.WaitForExit();
        if (_process.ExitCode != 0)
        {
            throw Failed(inner: null);
        }

        AtomicFile.Finish(_temporary, _path);
        _finished = true;
    }

    /// <summary>Ends ffmpeg where it still runs, and takes away what is not finished.</summary>
    public void Dispose()
    {
        if (!_finished)
        {
            try
            {
                _process.Kill();
                _process.WaitForExit();
            }
            catch (InvalidOperationException)
            {
                // It has ended by itself.
            }

            AtomicFile.Abandon(_temporary);
        }

        _process.Dispose();
    }

    private IOException Failed(IOException? inner)
    {
        _process.WaitForExit();
        string words;
        lock (_messages)
        {
            words = _messages.ToString().Trim().ReplaceLineEndings("; ");
        }

        return new IOException(
            string.Create(CultureInfo.InvariantCulture, $"'{_path}': ffmpeg ended with exit status {_process.ExitCode}{(words.Length > 0 ? ": " : "")}{words}"), inner);
    }

    private void Keep(string? line)
    {
        lock (_messages)
        {
            if (line is not null && _messages.Length < KeptCharacters)
            {
                _messages.AppendLine(line);
            }
        }
    }
}
