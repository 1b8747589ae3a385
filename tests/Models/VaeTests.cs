using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

public sealed class VaeTests
{
    private static readonly AutoencoderKLConfig TinyConfig = new()
    {
        BlockOutChannels = [8, 16], LayersPerBlock = 1, NormNumGroups = 4, SampleSize = 16,
    };

    public static TheoryData<string> Decodings => Fixture.Named("vae.decode", "vae");

    public static TheoryData<string> Encodings => Fixture.Named("vae.encode", "vae");

    public static TheoryData<string> KeyLists => Fixture.Named("vae.keys", "vae");

    [Theory]
    [MemberData(nameof(Decodings))]
    public void Decodes_as_the_reference_does(string name)
    {
        using var fixture = new Fixture(name);
        using var model = Loaded(fixture);
        using var scope = NewDisposeScope();
        var latents = model.Unscale(fixture.Tensor("in.latents"));
        var seen = 0;
        model.Observer = (part, value) =>
        {
            if (fixture.Has($"mid.{part}"))
            {
                fixture.ShouldMatch(value, $"mid.{part}");
                seen++;
            }
        };
        fixture.ShouldMatch(model.Decode(latents), "out.image");
        seen.ShouldBe(fixture.Has("mid.conv_in") ? 4 : 0);
        if (fixture.Has("out.image_without_tiling"))
        {
            model.Tiling = null;
            fixture.ShouldMatch(model.Decode(latents), "out.image_without_tiling");
        }
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Encodes_as_the_reference_does(string name)
    {
        using var fixture = new Fixture(name);
        using var model = Loaded(fixture);
        using var scope = NewDisposeScope();
        using var posterior = model.Encode(fixture.Tensor("in.image"));
        fixture.ShouldMatch(posterior.Moments, "out.moments");
        fixture.ShouldMatch(posterior.Mean, "out.mean");
        fixture.ShouldMatch(posterior.LogVariance, "out.logvar");
        fixture.ShouldMatch(posterior.StandardDeviation, "out.std");
        var sample = posterior.Sample(fixture.Tensor("in.noise"));
        fixture.ShouldMatch(sample, "out.sample");
        fixture.ShouldMatch(model.Scale(sample), "out.latents");
    }

    [Theory]
    [MemberData(nameof(KeyLists))]
    public void The_full_models_have_the_references_names_and_shapes(string name)
    {
        using var fixture = new Fixture(name);
        var output = fixture.Json.GetProperty("out");
        using var model = new AutoencoderKL(AutoencoderKLConfig.Parse(fixture.Json.GetProperty("in").GetProperty("config").GetRawText()), META);
        var state = model.state_dict();
        state.Values.ShouldAllBe(parameter => parameter.is_meta);
        state.Select(p => $"{p.Key} [{string.Join(",", p.Value.shape)}]").ShouldBe(
            output.GetProperty("parameters").EnumerateArray().Select(p => $"{p[0]} [{string.Join(",", p[1].EnumerateArray())}]"), ignoreOrder: true);
        model.EarlierNames.Select(p => $"{p.Earlier} {p.Name}").ShouldBe(
            output.GetProperty("old_attention_names").EnumerateArray().Select(p => $"{p[0]} {p[1]}"), ignoreOrder: true);
    }

    [Theory]
    [InlineData(8, 0.25, 20, 22)]
    [InlineData(8, 0.25, 9, 5)]
    [InlineData(5, 0.3, 11, 13)]
    [InlineData(6, 0, 13, 6)]
    [InlineData(4, 0.75, 6, 9)]
    public void Tiles_are_cut_and_blended_as_written_down(int tile, double overlap, int rows, int columns)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny();
        model.Tiling = new VaeTiling(2 * tile, tile, overlap);
        var latents = randn([2, 4, rows, columns], generator: new Generator(7));
        var expected = Literally(latents, tile, (int)(tile * (1 - overlap)), (int)(2 * tile * overlap), 2 * tile, part =>
        {
            using var whole = Tiny();
            return whole.Decode(part);
        });
        var decoded = model.Decode(latents);
        decoded.shape.ShouldBe(expected.shape);
        decoded.sub(expected).abs().max().ToSingle().ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void Two_rows_of_tiles_are_held_at_most()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny();
        model.Tiling = new VaeTiling(8, 4);
        var latents = randn([1, 4, 30, 9], generator: new Generator(3));
        var (most, before) = (0L, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        model.Observer = (_, _) => most = Math.Max(most, DisposeScopeManager.Statistics.ThreadTotalLiveCount - before);
        model.Decode(latents);
        var tall = most;
        most = 0;
        model.Decode(latents.narrow(2, 0, 12));

        // A picture 2.5 times as tall has six more strips, and not three more tiles for each of them.
        (tall - most).ShouldBeLessThanOrEqualTo(6);
    }

    [Fact]
    public void Slices_give_what_the_batch_gives()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny();
        var image = rand([3, 3, 20, 14], generator: new Generator(1));
        using var together = model.Encode(image);
        var decoded = model.Decode(together.Mean);
        model.Slicing = true;
        using var apart = model.Encode(image);
        apart.Moments.sub(together.Moments).abs().max().ToSingle().ShouldBeLessThan(1e-5f);
        model.Decode(together.Mean).sub(decoded).abs().max().ToSingle().ShouldBeLessThan(1e-5f);
        model.forward(image).shape.ShouldBe(image.shape);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Earlier_names_and_convolutions_in_place_of_linears_are_read(bool asConvolution)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny();
        var earlier = model.EarlierNames.ToDictionary(p => p.Name, p => p.Earlier, StringComparer.Ordinal);
        var stored = model.state_dict().ToDictionary(
            p => earlier.GetValueOrDefault(p.Key, p.Key),
            p => asConvolution && earlier.ContainsKey(p.Key) && p.Value.dim() == 2 ? p.Value.detach().view([.. p.Value.shape, 1, 1]) : p.Value.detach(),
            StringComparer.Ordinal);
        earlier.Count.ShouldBe(16);
        stored.ShouldContainKey("decoder.mid_block.attentions.0.proj_attn.weight");
        using var other = new AutoencoderKL(TinyConfig);
        other.LoadWeights(new TensorDictionary(stored, "old"));
        var latents = randn([1, 4, 6, 6], generator: new Generator(5));
        other.Decode(latents).sub(model.Decode(latents)).abs().max().ToSingle().ShouldBe(0);

        stored.Remove("decoder.mid_block.attentions.0.query.bias");
        Should.Throw<WeightFileException>(() => other.LoadWeights(new TensorDictionary(stored, "old"))).Message.ShouldContain("decoder.mid_block.attentions.0.to_q.bias");
    }

    [Fact]
    public void Parts_that_a_configuration_leaves_out_have_no_parameters()
    {
        using var scope = NewDisposeScope();
        using var model = new AutoencoderKL(TinyConfig with { UseQuantConv = false, UsePostQuantConv = false, MidBlockAddAttention = false, ShiftFactor = 0.5 });
        FormulaWeights.Fill(model);
        model.state_dict().Keys.ShouldNotContain(k => k.Contains("quant_conv", StringComparison.Ordinal) || k.Contains("attentions", StringComparison.Ordinal));
        model.EarlierNames.ShouldBeEmpty();
        using var posterior = model.Encode(rand([1, 3, 9, 11], generator: new Generator(2)));
        posterior.Mean.shape.ShouldBe([1, 4, 4, 5]);
        model.Unscale(model.Scale(posterior.Mean)).sub(posterior.Mean).abs().max().ToSingle().ShouldBeLessThan(1e-6f);
        model.Scale(zeros(1)).ToSingle().ShouldBe(-0.5f * 0.18215f, 1e-7f);
        model.Decode(posterior.Mean).shape.ShouldBe([1, 3, 8, 10]);
    }

    [Fact]
    public void The_attention_of_both_halves_is_a_site()
    {
        using var model = Tiny();
        model.named_modules().Where(m => m.module is IAttentionSiteHost).Select(m => m.name).ShouldBe(["encoder.mid_block.attentions.0", "decoder.mid_block.attentions.0"], ignoreOrder: true);
    }

    [Fact]
    public void Log_variances_are_clamped_and_the_mean_is_not()
    {
        using var scope = NewDisposeScope();
        using var posterior = new DiagonalGaussian(tensor(new float[] { 100, -100, -100, 100 }).view(1, 4, 1, 1));
        posterior.Mean.data<float>().ToArray().ShouldBe([100, -100]);
        posterior.LogVariance.data<float>().ToArray().ShouldBe([-30, 20]);
        posterior.StandardDeviation.data<float>().ToArray()[1].ShouldBe(MathF.Exp(10), 1e-2f);
    }

    [Fact]
    public void The_working_memory_of_2048_pixels_is_bounded_by_the_tile()
    {
        using var model = new AutoencoderKL(new AutoencoderKLConfig { SampleSize = 1024, ScalingFactor = 0.13025 }, META);
        long[] shape = [1, 4, 256, 256];
        var whole = model.DecodingBytes(shape);
        model.Tiling = VaeTiling.For(model.Config, 512);
        var tiled = model.DecodingBytes(shape);
        whole.ShouldBeGreaterThan(9L << 30);
        tiled.ShouldBeLessThan(1L << 30);

        // Twice as wide and tall: the picture and a row of tiles grow, the tile does not.
        var larger = model.DecodingBytes([1, 4, 512, 512]);
        (larger - tiled).ShouldBeLessThan(400L << 20);
    }

    [Theory]
    [InlineData("""{"act_fn": "gelu"}""", "act_fn is \"gelu\"; it has to be one of silu, swish")]
    [InlineData("""{"_class_name": "VQModel"}""", "_class_name is \"VQModel\"")]
    [InlineData("""{"down_block_types": ["AttnDownEncoderBlock2D"]}""", "down_block_types is AttnDownEncoderBlock2D")]
    [InlineData("""{"block_out_channels": [32, 64]}""", "down_block_types is a list of 1; it has to be a list of 2")]
    [InlineData("""{"block_out_channels": [48]}""", "block_out_channels is 48; it has to be a multiple of norm_num_groups, 32")]
    [InlineData("""{"block_out_channels": [], "down_block_types": [], "up_block_types": []}""", "block_out_channels is a list of 0")]
    [InlineData("""{"layers_per_block": 0}""", "layers_per_block is 0")]
    [InlineData("""{"scaling_factor": 0}""", "scaling_factor is 0")]
    [InlineData("""{"latents_mean": [0, 0, 0, 0]}""", "latents_mean is set")]
    public void Other_architectures_are_refused_in_one_line(string json, string message)
    {
        var error = Should.Throw<Exception>(() => AutoencoderKLConfig.Parse(json));
        (error is FormatException or ArgumentException).ShouldBeTrue(error.GetType().Name);
        error.Message.ShouldContain(message);
        error.Message.ShouldNotContain("\n");
    }

    [Fact]
    public void A_silent_configuration_takes_the_references_defaults()
    {
        var config = AutoencoderKLConfig.Parse("{}");
        config.BlockOutChannels.ShouldBe([64]);
        (config.ScalingFactor, config.ShiftFactor, config.SampleSize, config.LayersPerBlock).ShouldBe((0.18215, 0, 32, 1));
        config.SpatialFactor.ShouldBe(1);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_its_shape()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny();
        Should.Throw<ArgumentException>(() => model.Decode(zeros(1, 3, 4, 4))).Message.ShouldContain("latents have shape [1, 3, 4, 4]; this model takes [B, 4, rows, columns]");
        Should.Throw<ArgumentException>(() => model.Encode(zeros(1, 3, 1, 4))).Message.ShouldContain("at least 2×2");
        model.Tiling = new VaeTiling(8, 4);
        Should.Throw<ArgumentException>(() => model.Encode(zeros(1, 3, 13, 8))).Message.ShouldContain("a last tile of 1");
        Should.Throw<ArgumentException>(() => new VaeTiling(8, 1)).Message.ShouldContain("tile_overlap_factor is 0.25");
        Should.Throw<ArgumentException>(() => new VaeTiling(8, 0)).Message.ShouldContain("tile_latent_min_size is 0");
    }

    private static AutoencoderKL Loaded(Fixture fixture)
    {
        var model = new AutoencoderKL(AutoencoderKLConfig.Parse(fixture.Config.GetRawText()));
        fixture.Fill(model);
        model.Slicing = fixture.Call.GetProperty("slicing").GetBoolean();
        if (fixture.Call.GetProperty("tiling").GetBoolean())
        {
            model.Tiling = new VaeTiling(
                fixture.Call.GetProperty("tile_sample_min_size").GetInt32(), fixture.Call.GetProperty("tile_latent_min_size").GetInt32(),
                fixture.Call.GetProperty("tile_overlap_factor").GetDouble());
        }

        return model;
    }

    private static AutoencoderKL Tiny()
    {
        var model = new AutoencoderKL(TinyConfig);
        FormulaWeights.Fill(model);
        return model;
    }

    /// <summary>The tile rules element by element, as the fixtures' README writes them down.</summary>
    private static Tensor Literally(Tensor latents, int tile, int step, int blend, int size, Func<Tensor, Tensor> decode)
    {
        var tiles = new List<List<float[,,,]>>();
        for (var top = 0; top < latents.shape[2]; top += step)
        {
            var row = new List<float[,,,]>();
            for (var left = 0; left < latents.shape[3]; left += step)
            {
                var t = Values(decode(latents.narrow(2, top, Math.Min(tile, latents.shape[2] - top)).narrow(3, left, Math.Min(tile, latents.shape[3] - left))));
                if (tiles.Count > 0)
                {
                    var above = tiles[^1][row.Count];
                    var e = Math.Min(blend, Math.Min(above.GetLength(2), t.GetLength(2)));
                    Each(t, (n, c, y, x) => t[n, c, y, x] = y < e ? (above[n, c, above.GetLength(2) - e + y, x] * (1 - ((float)y / e))) + (t[n, c, y, x] * y / e) : t[n, c, y, x]);
                }

                if (row.Count > 0)
                {
                    var before = row[^1];
                    var e = Math.Min(blend, Math.Min(before.GetLength(3), t.GetLength(3)));
                    Each(t, (n, c, y, x) => t[n, c, y, x] = x < e ? (before[n, c, y, before.GetLength(3) - e + x] * (1 - ((float)x / e))) + (t[n, c, y, x] * x / e) : t[n, c, y, x]);
                }

                row.Add(t);
            }

            tiles.Add(row);
        }

        var keep = size - blend;
        return cat([.. tiles.Select(row => cat([.. row.Select(t => Kept(t, keep))], 3))], 2);

        static float[,,,] Values(Tensor t)
        {
            var flat = t.data<float>().ToArray();
            var values = new float[t.shape[0], t.shape[1], t.shape[2], t.shape[3]];
            Buffer.BlockCopy(flat, 0, values, 0, flat.Length * sizeof(float));
            return values;
        }

        static Tensor Kept(float[,,,] t, int keep)
        {
            var flat = new float[t.Length];
            Buffer.BlockCopy(t, 0, flat, 0, flat.Length * sizeof(float));
            return tensor(flat).view(t.GetLength(0), t.GetLength(1), t.GetLength(2), t.GetLength(3))
                .narrow(2, 0, Math.Min(keep, t.GetLength(2))).narrow(3, 0, Math.Min(keep, t.GetLength(3)));
        }

        static void Each(float[,,,] t, Action<int, int, int, int> act)
        {
            for (var i = 0; i < t.Length; i++)
            {
                var (x, y) = (i % t.GetLength(3), i / t.GetLength(3) % t.GetLength(2));
                var plane = i / t.GetLength(3) / t.GetLength(2);
                act(plane / t.GetLength(1), plane % t.GetLength(1), y, x);
            }
        }
    }
}
