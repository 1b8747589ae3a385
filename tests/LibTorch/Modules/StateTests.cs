using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests.Modules;

public sealed class StateTests
{
    [Fact]
    public void Saved_weights_come_back_bit_for_bit()
    {
        using var source = Model();
        using var target = Model();
        using var stream = new MemoryStream();

        source.save(new BinaryWriter(stream));
        stream.Position = 0;
        target.load(new BinaryReader(stream));

        foreach (var (key, tensor) in source.state_dict()) target.state_dict()[key].data<float>().ToArray().ShouldBe(tensor.data<float>().ToArray());
        stream.Position.ShouldBe(stream.Length);
    }

    [Fact]
    public void The_format_is_count_then_key_dtype_shape_and_bytes()
    {
        using var model = nn.Linear(nn.Parameter(tensor([1f, 2f], [1, 2])));
        using var stream = new MemoryStream();

        model.save(new BinaryWriter(stream));

        byte[] expected =
        [
            1,
            6, .. "weight"u8,
            6, // float32 as libtorch numbers dtypes
            2, 1, 2,
            .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f),
        ];
        stream.ToArray().ShouldBe(expected);
    }

    [Fact]
    public void Sizes_above_127_are_written_in_LEB128()
    {
        using var model = nn.Linear(300, 1, hasBias: false);
        using var stream = new MemoryStream();

        model.save(new BinaryWriter(stream));

        stream.ToArray()[8..13].ShouldBe([6, 2, 1, 0xAC, 0x02]);
        stream.Length.ShouldBe(13 + (300 * sizeof(float)));
    }

    [Fact]
    public void A_strict_load_refuses_other_keys_and_other_counts()
    {
        using var wide = Model();
        using var narrow = nn.Linear(3, 2);
        using var renamed = nn.Sequential(("in", nn.Linear(3, 4)), ("out", nn.Linear(4, 2)));
        var saved = Save(wide);

        Should.Throw<ArgumentException>(() => narrow.load(new MemoryStream(saved))).Message.ShouldContain("expected 2, but found 4");
        Should.Throw<ArgumentException>(() => renamed.load(new MemoryStream(saved))).Message.ShouldContain("0.weight");
    }

    [Fact]
    public void A_load_that_is_not_strict_takes_what_it_finds_and_reports_it()
    {
        using var source = Model();
        using var target = nn.Sequential(("0", nn.Linear(3, 4)), ("other", nn.Linear(4, 2)));
        Dictionary<string, bool> loaded = [];

        target.load(new MemoryStream(Save(source)), strict: false, loadedParameters: loaded);

        loaded.ShouldBe(new Dictionary<string, bool> { ["0.weight"] = true, ["0.bias"] = true, ["2.weight"] = false, ["2.bias"] = false });
        target.state_dict()["0.weight"].allclose(source.state_dict()["0.weight"]).ShouldBeTrue();
    }

    [Fact]
    public void Skipped_keys_are_neither_saved_nor_loaded()
    {
        using var source = Model();
        using var target = Model();
        var before = target.state_dict()["0.bias"].data<float>().ToArray();

        target.load(new MemoryStream(Save(source)), skip: ["0.bias"]);

        target.state_dict()["0.bias"].data<float>().ToArray().ShouldBe(before);
        using var stream = new MemoryStream();
        source.save(new BinaryWriter(stream), skip: ["0.bias"]);
        stream.ToArray()[0].ShouldBe((byte)3);
    }

    [Fact]
    public void Another_shape_or_dtype_is_refused()
    {
        using var source = nn.Linear(3, 2, hasBias: false);
        using var wide = nn.Linear(4, 2, hasBias: false);
        using var exact = nn.Linear(3, 2, hasBias: false, dtype: float64);
        var saved = Save(source);

        Should.Throw<ArgumentException>(() => wide.load(new MemoryStream(saved))).Message.ShouldContain("shape");
        Should.Throw<ArgumentException>(() => exact.load(new MemoryStream(saved))).Message.ShouldContain("type");
    }

    [Fact]
    public void A_cut_file_is_an_error()
    {
        using var source = Model();
        using var target = Model();
        var saved = Save(source);

        Should.Throw<EndOfStreamException>(() => target.load(new MemoryStream(saved[..^3])));
        Should.Throw<FileNotFoundException>(() => target.load(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())));
    }

    [Fact]
    public void Loading_a_state_dict_reports_what_is_missing_and_what_is_unexpected()
    {
        using var source = Model();
        using var target = Model();
        var state = source.state_dict();
        state.Remove("2.bias");
        using var extra = zeros(1);
        state["extra"] = extra;

        var error = Should.Throw<InvalidOperationException>(() => target.load_state_dict(state));
        error.Message.ShouldContain("Missing: 2.bias");
        error.Message.ShouldContain("unexpected: extra");
        var (missing, unexpected) = target.load_state_dict(state, strict: false);

        missing.ShouldBe(["2.bias"]);
        unexpected.ShouldBe(["extra"]);
        target.state_dict()["0.weight"].allclose(source.state_dict()["0.weight"]).ShouldBeTrue();
        target.state_dict()["0.weight"].requires_grad.ShouldBeTrue();
    }

    [Fact]
    public void A_file_round_trip_returns_the_module()
    {
        using var source = Model();
        using var target = Model();
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            source.save(path).ShouldBeSameAs(source);
            target.load(path).ShouldBeSameAs(target);
            target.state_dict()["2.bias"].allclose(source.state_dict()["2.bias"]).ShouldBeTrue();
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Sequential Model() => nn.Sequential(nn.Linear(3, 4), nn.SiLU(), nn.Linear(4, 2));

    private static byte[] Save(nn.Module module)
    {
        using var stream = new MemoryStream();
        module.save(new BinaryWriter(stream));
        return stream.ToArray();
    }
}
