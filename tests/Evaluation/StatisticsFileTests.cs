using System.IO.Compression;
using System.Text;
using DiTFastAttn.Evaluation.Statistics;

namespace DiTFastAttn.Evaluation.Tests;

public sealed class StatisticsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-statistics-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("x.npz", false)]
    [InlineData("x.safetensors", true)]
    public void What_is_written_is_read(string name, bool knowsMore)
    {
        using var features = RandomFeatures.Normal(20, 6, 1);
        var statistics = FeatureStatistics.Of(features);
        var path = Path.Combine(_folder, name);

        new StatisticsFile(statistics, 20, "abc", InceptionFrontEnd.TorchFidelity).Write(path);
        var read = StatisticsFile.Read(path);

        read.Statistics.Mean.ToArray().ShouldBe(statistics.Mean.ToArray());
        read.Statistics.Covariance().Zip(statistics.Covariance()).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-12);
        (read.Count, read.Network, read.FrontEnd).ShouldBe(knowsMore ? (20, "abc", InceptionFrontEnd.TorchFidelity) : (null, null, null));
    }

    [Theory]
    [InlineData("<f8", false, 1)]
    [InlineData("<f4", false, 2)]
    [InlineData("<f8", true, 1)]
    public void Arrays_of_numpy_of_any_kind_are_read(string type, bool isFortran, int version)
    {
        double[] rows = [1, 2, 3, 4, 5, 6];
        double[] stored = isFortran ? [1, 4, 2, 5, 3, 6] : rows;
        var header = $"{{'descr': '{type}', 'fortran_order': {isFortran}, 'shape': (2, 3), }}".PadRight(100) + "\n";
        byte[] file = [0x93, .. "NUMPY"u8, (byte)version, 0, .. BitConverter.GetBytes(header.Length)[..(version == 1 ? 2 : 4)], .. Encoding.Latin1.GetBytes(header),
            .. stored.SelectMany(value => type == "<f8" ? BitConverter.GetBytes(value) : BitConverter.GetBytes((float)value))];

        var array = NpyArray.Parse(file);

        array.Shape.ShouldBe([2, 3]);
        array.Values.ShouldBe(rows);
        Should.Throw<InvalidDataException>(() => NpyArray.Parse(file.AsSpan(0, file.Length - 1))).Message.ShouldContain("which are not [2, 3] numbers");
        Should.Throw<InvalidDataException>(() => NpyArray.Parse(file.AsSpan(0, 30))).Message.ShouldContain("ends in the middle");
    }

    [Fact]
    public void Numpy_reads_what_is_written()
    {
        using var stream = new MemoryStream();
        new NpyArray([3], [1, 2, 3]).Write(stream);

        // Version 1.0, the header padded to 64 bytes and ended by a line's end, as the format's page wants it.
        var file = stream.ToArray();
        file.AsSpan(0, 8).ToArray().ShouldBe([0x93, .. "NUMPY"u8, 1, 0]);
        var length = BitConverter.ToUInt16(file, 8);
        ((length + 10) % 64).ShouldBe(0);
        Encoding.Latin1.GetString(file, 10, length).ShouldEndWith("\n");
        Encoding.Latin1.GetString(file, 10, length).Trim().ShouldBe("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }");
        NpyArray.Parse(file).Values.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void What_is_no_file_of_statistics_is_refused_by_name()
    {
        var path = Path.Combine(_folder, "x.npz");
        File.WriteAllText(path, "no zip");
        Should.Throw<EvaluationException>(() => StatisticsFile.Read(path)).Message.ShouldStartWith($"statistics '{path}': ");
        File.Delete(path);
        using (var archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            foreach (var (name, array) in new[] { ("mu", new NpyArray([2], [0, 0])), ("sigma", new NpyArray([3, 3], new double[9])) })
            {
                using var entry = archive.CreateEntry(name + ".npy").Open();
                array.Write(entry);
            }
        }

        Should.Throw<EvaluationException>(() => StatisticsFile.Read(path)).Message.ShouldContain("mu is [2] and sigma [3, 3]");
        Should.Throw<EvaluationException>(() => new StatisticsFile(new FeatureStatistics(2), 0, null, null).Write(Path.Combine(_folder, "x.txt")))
            .Message.ShouldContain("give .npz (pytorch-fid's) or .safetensors");
    }
}
