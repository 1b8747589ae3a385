using DiTFastAttn;
using DiTFastAttn.Hosting;
using DiTFastAttn.Models;
using DiTFastAttn.Models.Weights;
using static TorchSharp.torch;

namespace WebApi;

/// <summary>One model for all requests, attached once. Each picture is a run of its own: any number of them at a time, on any threads.</summary>
public sealed class Painter : IDisposable
{
    private const int MostSteps = 1000;

    private readonly DiTCheckpoint _checkpoint;
    private readonly AttachedModel _attached;
    private int _painting;
    private int _givenUp;

    /// <summary>Loads the model and attaches it.</summary>
    /// <param name="fastAttention">The service.</param>
    public Painter(IFastAttention fastAttention)
    {
        using var file = SafetensorsFile.Open(Path.Combine(AppContext.BaseDirectory, "shapes-dit.safetensors"));
        _checkpoint = DiTCheckpoint.Load(file);
        _attached = fastAttention.Attach(_checkpoint.Model);
    }

    /// <summary>How many pictures are being painted, and how many were given up.</summary>
    public (int Painting, int GivenUp) State => (_painting, _givenUp);

    /// <summary>Paints a picture.</summary>
    /// <param name="label">What it shows, 0 to 9.</param>
    /// <param name="seed">Of the noise it begins with.</param>
    /// <param name="steps">Denoising steps, at most 1000.</param>
    /// <param name="profile">The plan's profile, or <see langword="null"/> for the usual one.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <returns>A PNG file.</returns>
    /// <exception cref="PlanMismatchException">There is no such profile.</exception>
    /// <exception cref="ArgumentException">There is no such label, or a number of steps that makes no sense.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public byte[] Paint(int label, ulong seed, int steps, string? profile, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, MostSteps);
        Interlocked.Increment(ref _painting);
        try
        {
            using var noGrad = no_grad();
            var sampler = new DiTSampler(_checkpoint.Model, _checkpoint.Scheduler, new DiTSamplingOptions { Steps = steps, GuidanceScale = 2 });
            using var run = _attached.BeginRun(sampler.RunRequest with { Profile = profile });
            using var random = new Generator(seed);
            using var noise = randn(sampler.LatentShape(1), generator: random);
            using var pictures = sampler.Sample([label], noise, run: run, cancellation: cancellation);
            using var picture = pictures[0];
            using var png = new MemoryStream();
            PngWriter.Write(png, RgbImage.FromTensor(picture));
            return png.ToArray();
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _givenUp);
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _painting);
        }
    }

    /// <summary>Puts plain attention back and frees the model.</summary>
    public void Dispose()
    {
        _attached.Dispose();
        _checkpoint.Dispose();
    }
}
