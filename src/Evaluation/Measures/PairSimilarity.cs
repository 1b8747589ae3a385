using DiTFastAttn.Hosting.Search;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Measures;

/// <summary>PSNR, SSIM and LPIPS of each picture and the one it is compared with.</summary>
internal sealed class PairSimilarity : IPictureMeasure
{
    private readonly PictureSet _references;
    private readonly int[] _partner;
    private readonly Lpips? _lpips;

    private PairSimilarity(PictureSet references, int[] partner, Lpips? lpips, string lpipsIdentity)
    {
        _references = references;
        _partner = partner;
        _lpips = lpips;
        Identity = $"{references.Fingerprint} {lpipsIdentity}".TrimEnd();
    }

    public string Name => "pair";

    /// <summary>PSNR, SSIM, and LPIPS where there is a network for it.</summary>
    public int Width => _lpips is null ? 2 : 3;

    public string Identity { get; }

    /// <summary>Finds the partner of each picture: the one of the same name (whatever its ending), or where names differ the one of the same place.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="references">What they are compared with; stays the caller's.</param>
    /// <param name="lpips">The network of LPIPS, or <see langword="null"/>; stays the caller's.</param>
    /// <param name="lpipsIdentity">Names it and its weights.</param>
    /// <exception cref="EvaluationException">There is no partner for each.</exception>
    public static PairSimilarity Of(PictureSet pictures, PictureSet references, Lpips? lpips, string lpipsIdentity)
    {
        var places = references.Entries.Select((entry, index) => (Key: Key(entry), index)).GroupBy(place => place.Key, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First().index, StringComparer.Ordinal);
        if (pictures.Entries.All(entry => places.ContainsKey(Key(entry))))
        {
            return new PairSimilarity(references, [.. pictures.Entries.Select(entry => places[Key(entry)])], lpips, lpipsIdentity);
        }

        return pictures.Count == references.Count
            ? new PairSimilarity(references, [.. Enumerable.Range(0, pictures.Count)], lpips, lpipsIdentity)
            : throw new EvaluationException(
                $"'{pictures.Name}' has {pictures.Count} pictures and '{references.Name}' {references.Count} of other names: each needs one of the same name to be compared with.");
    }

    public Tensor Measure(IReadOnlyList<MeasuredPicture> pictures)
    {
        using var scope = NewDisposeScope();
        return cat([.. pictures.Select(Measure)], 0).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
    }

    /// <summary>[1, Width]</summary>
    private Tensor Measure(MeasuredPicture picture)
    {
        var partner = _references.Read(_partner[picture.Index]);
        if (partner.Width != picture.Image.Width || partner.Height != picture.Image.Height)
        {
            throw new EvaluationException(
                $"picture '{picture.Name}' is {picture.Image.Width}x{picture.Image.Height}, and '{_references.Entries[_partner[picture.Index]].Name}' of '{_references.Name}' {partner.Width}x{partner.Height}: pictures of one size are compared.");
        }

        var (a, b) = (Levels(picture.Image), Levels(partner));
        var ssim = Math.Min(partner.Width, partner.Height) < 6 ? double.NaN : StructuralSimilarity.Mean(a, b, dataRange: 1);
        var row = tensor((float[])[(float)PeakSignalToNoise.PerSample(a, b, dataRange: 1)[0], (float)ssim]).view(1, 2);
        return _lpips is null ? row : cat([row, _lpips.forward((a * 2) - 1, (b * 2) - 1).view(1, 1)], 1);
    }

    private static Tensor Levels(Models.RgbImage image) => MeasuredPicture.Bytes(image).to(ScalarType.Float32) / 255;

    private static string Key(PictureEntry entry) => Path.ChangeExtension(entry.Name, null);
}
