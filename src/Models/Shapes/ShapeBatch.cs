using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Shapes;

/// <summary>Some pictures and what they show. Owns its tensors.</summary>
internal sealed class ShapeBatch : IDisposable
{
    private ShapeBatch(Tensor pictures, Tensor labels)
    {
        Pictures = pictures;
        Labels = labels;
    }

    /// <summary>Pictures <c>[B, 3, S, S]</c>, float32 in [-1, 1].</summary>
    public Tensor Pictures { get; }

    /// <summary>The pictures' classes <c>[B]</c>, int64.</summary>
    public Tensor Labels { get; }

    /// <summary>Draws pictures of random classes.</summary>
    /// <param name="count">How many, B.</param>
    /// <param name="size">Pixels S a side.</param>
    /// <param name="random">Advanced; the same stream gives the same pictures.</param>
    public static ShapeBatch Draw(int count, int size, ref RandomStream random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var labels = new int[count];
        for (var i = 0; i < count; i++)
        {
            labels[i] = random.NextBelow(ShapePicture.Classes.Count);
        }

        return Draw(labels, size, ref random);
    }

    /// <summary>Draws pictures of given classes.</summary>
    /// <param name="labels">The classes.</param>
    /// <param name="size">Pixels S a side.</param>
    /// <param name="random">Advanced; the same stream gives the same pictures.</param>
    public static ShapeBatch Draw(IReadOnlyList<int> labels, int size, ref RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var elements = 3 * size * size;
        var pixels = new float[labels.Count * elements];
        for (var i = 0; i < labels.Count; i++)
        {
            var drawn = ShapeParameters.Draw(ref random);
            ShapePicture.Render((ShapeClass)labels[i], drawn, size, pixels.AsSpan(i * elements, elements));
        }

        return new ShapeBatch(
            tensor(pixels, [labels.Count, 3, size, size]), tensor(labels.Select(label => (long)label).ToArray(), dtype: ScalarType.Int64));
    }

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        Pictures.Dispose();
        Labels.Dispose();
    }
}
