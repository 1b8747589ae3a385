using System.Text;
using DiTFastAttn.Models.Weights;
using TorchSharp;

namespace DiTFastAttn.Models.Tests;

/// <summary>The recorded weight files of every format: sound ones come out bit for bit, all others are refused.</summary>
public sealed class WeightFileTests
{
    public static TheoryData<string> Damaged => Fixture.Named("weights.refuse", "weights");

    public static TheoryData<string> Sound => Fixture.Named("weights.load", "weights");

    [Theory]
    [MemberData(nameof(Damaged))]
    public void Refuses_with_one_line_and_little_memory(string name)
    {
        using var fixture = new Fixture(name);
        var path = PathOf(fixture);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Should.Throw<WeightFileException>(() => WeightFile.Open(path));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(fixture.Json.GetProperty("limits").GetProperty("max_extra_memory_bytes").GetInt64());
        error.Message.ShouldStartWith($"weights '{path}': ");
        error.Message.ShouldNotContain("\n");
        File.Exists("PWNED").ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Sound))]
    public void Reads_bit_for_bit(string name)
    {
        using var fixture = new Fixture(name);
        using var file = WeightFile.Open(PathOf(fixture));
        using var expected = SafetensorsFile.Open(Path.Combine(Fixture.Root, name + ".expected.safetensors"));
        var output = fixture.Json.GetProperty("out");
        file.Keys.ShouldBe(
            output.GetProperty("tensors").EnumerateArray().Select(t => string.Join('/', t.GetProperty("path").EnumerateArray().Select(p => p.GetString()))), ignoreOrder: true);
        foreach (var (key, entry) in expected.Entries)
        {
            file.ElementTypeOf(key).ShouldBe(entry.Dtype, key);
            file.ShapeOf(key).ShouldBe(entry.Shape, key);
            file.ReadBytes(key).ShouldBe(expected.ReadBytes(key), key);
            if (file.DtypeOf(key) is null)
            {
                Should.Throw<WeightFileException>(() => file.Read(key)).Message.ShouldContain($"tensor '{key}' has dtype {entry.Dtype}");
                continue;
            }

            using var tensor = file.Read(key);
            tensor.shape.ShouldBe(entry.Shape, key);
            tensor.bytes.ToArray().ShouldBe(expected.ReadBytes(key), key);
        }

        if (output.TryGetProperty("metadata", out var recorded))
        {
            ((SafetensorsFile)file).Metadata.ShouldBe(recorded.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetString()!), ignoreOrder: true);
        }
    }

    [Fact]
    public void Every_format_is_converted_into_what_is_there()
    {
        // The recorded views: contiguous, transposed, strided, repeated, and of integers.
        using var scope = torch.NewDisposeScope();
        foreach (var name in (string[])["weights/pt-zip-views.input/model.pt", "weights/pt-legacy-views.input/model.pth", "weights/st-unaligned-header.input/model.safetensors"])
        {
            using var file = WeightFile.Open(Path.Combine(Fixture.Root, name));
            foreach (var key in file.Keys)
            {
                var stored = file.Read(key);
                var target = torch.full([.. file.ShapeOf(key), 2], -7, dtype: torch.ScalarType.BFloat16).select(-1, 1);
                file.ReadInto(key, target);
                target.equal(stored.to(torch.ScalarType.BFloat16)).all().item<bool>().ShouldBeTrue($"{name} {key}");
            }
        }
    }

    [Fact]
    public void An_empty_view_may_have_any_strides()
    {
        // [4] with stride [1] becomes [4, 0] with strides [5, 1].
        var bytes = File.ReadAllBytes(Path.Combine(Fixture.Root, "weights/pt-control-legacy.input/model.pth"));
        var text = Encoding.Latin1.GetString(bytes).Replace("(J\u0004\0\0\0t(J\u0001\0\0\0t", "(K\u0004K\0t(K\u0005K\u0001t", StringComparison.Ordinal);
        using var file = TorchFile.Open(new MemoryStream(Encoding.Latin1.GetBytes(text)), "empty");
        file.ShapeOf("ok.weight").ShouldBe([4, 0]);
        file.ReadBytes("ok.weight").ShouldBeEmpty();
    }

    [Fact]
    public void A_state_dict_inside_a_checkpoint_is_found_by_name()
    {
        using var file = WeightFile.Open(Path.Combine(Fixture.Root, "weights/pt-zip-dit-training.input/0000001.pt"));
        var averaged = file.Section("ema", "model");
        averaged.Keys.ShouldContain("x_embedder.weight");
        averaged.Keys.ShouldAllBe(key => !key.Contains('/'));
        averaged.ShapeOf("pos_embed").ShouldBe([1, 4, 4]);
        file.Section("state_dict").Keys.ShouldBe(file.Keys);
        file.Keys.ShouldNotContain(key => key.StartsWith("args"));
    }

    [Fact]
    public void Names_can_change_and_may_not_collide()
    {
        using var file = WeightFile.Open(Path.Combine(Fixture.Root, "weights/st-sharded.input/model.safetensors.index.json"));
        file.Renamed(key => key == "b" ? null : key + ".x").Keys.ShouldBe(file.Keys.Where(key => key != "b").Select(key => key + ".x"));
        Should.Throw<WeightFileException>(() => file.Renamed(_ => "same")).Message.ShouldContain("are both 'same'");
        Should.Throw<WeightFileException>(() => file.Read("a.wieght")).Message.ShouldContain("there is no tensor 'a.wieght' among its 4 (near: a.weight)");
    }

    private static string PathOf(Fixture fixture) => Path.Combine(Fixture.Root, "weights", fixture.Call.GetProperty("path").GetString()!);
}
