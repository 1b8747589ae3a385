using System.Text.Json;
using DiTFastAttn.Models.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests.Text;

public sealed class T5EncoderTests : IDisposable
{
    private static readonly T5Config Tiny = new()
    {
        VocabSize = 50, DModel = 16, DKv = 8, DFf = 24, NumLayers = 2, NumHeads = 3, RelativeAttentionNumBuckets = 8, RelativeAttentionMaxDistance = 20,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-t5-").FullName;

    public static TheoryData<string> Cases => Fixture.Named("t5.encode", "text");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Recorded_states_are_met(string name)
    {
        using var fixture = new Fixture(name);
        using var noGrad = no_grad();
        using var model = new T5Encoder(T5Config.Parse(fixture.Config.GetRawText()));
        fixture.Fill(model);
        using var scope = NewDisposeScope();
        var mask = fixture.Has("in.attention_mask") ? fixture.Tensor("in.attention_mask") : null;
        fixture.ShouldMatch(model.forward(fixture.Tensor("in.input_ids"), mask), "out.last_hidden_state");
    }

    [Theory]
    [InlineData(32, 128, new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91 })]
    [InlineData(8, 20, new[] { 0, 1, 2, 7 })]
    [InlineData(16, 64, new[] { 0, 1, 2, 3, 4, 8, 16, 32 })]
    public void Buckets_begin_at_the_recorded_distances(int buckets, int maxDistance, int[] firsts)
    {
        for (var bucket = 0; bucket < firsts.Length; bucket++)
        {
            T5RelativePositions.Bucket(-firsts[bucket], buckets, maxDistance).ShouldBe(bucket);
            if (firsts[bucket] > 0)
            {
                T5RelativePositions.Bucket(1 - firsts[bucket], buckets, maxDistance).ShouldBe(bucket - 1);
                T5RelativePositions.Bucket(firsts[bucket], buckets, maxDistance).ShouldBe((buckets / 2) + bucket);
            }
        }

        T5RelativePositions.Bucket(-1_000_000, buckets, maxDistance).ShouldBe((buckets / 2) - 1);
    }

    [Fact]
    public void The_full_model_has_the_recorded_names_and_shapes_without_any_memory()
    {
        using var fixture = new Fixture("text/t5-keys-v1.1-xxl-encoder");
        using var model = new T5Encoder(T5Config.Parse(fixture.Json.GetProperty("in").GetProperty("config").GetRawText()), device: META);
        model.state_dict().Select(p => $"{p.Key} [{string.Join(",", p.Value.shape)}]").ShouldBe(
            fixture.Json.GetProperty("out").GetProperty("parameters").EnumerateArray().Select(p => $"{p[0]} [{string.Join(",", p[1].EnumerateArray())}]"),
            ignoreOrder: true);
        model.parameters().ShouldAllBe(p => p.is_meta);
    }

    [Fact]
    public void A_sample_without_any_key_sees_all_alike()
    {
        using var noGrad = no_grad();
        using var model = Filled();
        using var scope = NewDisposeScope();
        var ids = tensor(new long[] { 3, 4, 5, 6, 3, 4, 5, 6 }).view(2, 4);
        var mask = tensor(new long[] { 1, 1, 1, 1, 0, 0, 0, 0 }).view(2, 4);
        var states = model.forward(ids, mask);
        states.isfinite().all().item<bool>().ShouldBeTrue();
        var all = model.forward(ids, ones_like(mask));
        (states[0] - all[0]).abs().max().item<float>().ShouldBeLessThan(1e-5f);
        (states[1] - all[1]).abs().max().item<float>().ShouldBeGreaterThan(1e-3f);
    }

    [Fact]
    public void Padding_changes_nothing_for_the_tokens_before_it()
    {
        using var noGrad = no_grad();
        using var model = Filled();
        using var scope = NewDisposeScope();
        var ids = tensor(new long[] { 7, 8, 9, 1 }).view(1, 4);
        var padded = cat([ids, zeros(1, 60, ScalarType.Int64)], 1);
        var mask = cat([ones_like(ids), zeros(1, 60, ScalarType.Int64)], 1);
        var difference = model.forward(ids, null) - model.forward(padded, mask).narrow(1, 0, 4);
        difference.abs().max().item<float>().ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void Brain_floats_stay_near_the_float32_model()
    {
        using var noGrad = no_grad();
        using var model = Filled();
        using var half = new T5Encoder(Tiny, ScalarType.BFloat16);
        half.LoadWeights(new TensorDictionary(model.state_dict(), "float32"));
        using var scope = NewDisposeScope();
        var ids = tensor(new long[] { 7, 8, 9, 1, 20, 30 }).view(2, 3);
        var (wide, narrow) = (model.forward(ids, ones_like(ids)), half.forward(ids, ones_like(ids)));
        narrow.dtype.ShouldBe(ScalarType.BFloat16);
        ((narrow.to(ScalarType.Float32) - wide).norm() / wide.norm()).item<float>().ShouldBeLessThan(0.03f);
    }

    [Fact]
    public void In_float16_the_second_weight_of_the_feed_forward_stays_wide()
    {
        using var model = new T5Encoder(Tiny, ScalarType.Float16, META);
        foreach (var (name, parameter) in model.named_parameters())
        {
            parameter.dtype.ShouldBe(name.EndsWith(".wo.weight", StringComparison.Ordinal) ? ScalarType.Float32 : ScalarType.Float16, name);
        }
    }

    [Fact]
    public void A_half_precision_stream_is_kept_finite()
    {
        using var scope = NewDisposeScope();
        var stream = T5Block.Bounded(tensor([float.PositiveInfinity, 1, float.NegativeInfinity]).to(ScalarType.Float16)).to(ScalarType.Float32);
        stream.data<float>().ToArray().ShouldBe([64512, 1, -64512]);
    }

    [Theory]
    [InlineData("shared.weight")]
    [InlineData("encoder.embed_tokens.weight")]
    [InlineData("shared.weight", "encoder.embed_tokens.weight")]
    public void The_token_table_may_bear_either_name_and_a_decoder_is_passed_over(params string[] names)
    {
        using var noGrad = no_grad();
        using var model = Filled();
        var state = model.state_dict();
        var table = state["shared.weight"];
        state.Remove("shared.weight");
        foreach (var name in names)
        {
            state.Add(name, table);
        }

        using var head = zeros(1);
        state.Add("lm_head.weight", head);
        state.Add("decoder.block.0.layer.0.SelfAttention.q.weight", head);
        SafetensorsWriter.Write(Path.Combine(_folder, "model.safetensors"), state);
        File.WriteAllText(Path.Combine(_folder, "config.json"), Json(Tiny));
        using var loaded = T5Encoder.Load(_folder);
        using var scope = NewDisposeScope();
        var ids = tensor(new long[] { 7, 8, 9 }).view(1, 3);
        (loaded.forward(ids, null) - model.forward(ids, null)).abs().max().item<float>().ShouldBe(0);
    }

    [Fact]
    public void What_does_not_fit_is_said_in_one_line()
    {
        Should.Throw<WeightFileException>(() => T5Encoder.Load(_folder)).Message.ShouldContain("config.json': the folder has no such file");
        Should.Throw<WeightFileException>(() => T5Encoder.Load(Path.Combine(_folder, "none"))).Message.ShouldContain("there is no such folder");
        Should.Throw<FormatException>(() => T5Config.Parse("{\"feed_forward_proj\": \"gated-silu\"}")).Message.ShouldContain("one of relu, gated-gelu");
        Should.Throw<ArgumentException>(() => T5Config.Parse("{\"relative_attention_num_buckets\": 9}")).Message.ShouldContain("relative_attention_num_buckets is 9");
        using var model = Filled();
        using var ids = tensor(new long[] { 50 }).view(1, 1);
        Should.Throw<ArgumentException>(() => model.forward(ids, null)).Message.ShouldContain("token id 50 is out of range: the model's table has rows 0 to 49");
        using var mask = ones(1, 2);
        using var good = zeros(1, 1, ScalarType.Int64);
        Should.Throw<ArgumentException>(() => model.forward(good, mask)).Message.ShouldContain("the mask has shape [1, 2]");
    }

    [Fact]
    public void Its_attention_sites_are_encoders()
    {
        using var model = Filled();
        var sites = model.modules().OfType<IAttentionSiteHost>().SelectMany(host => host.CreateSites()).ToList();
        sites.Count.ShouldBe(Tiny.NumLayers);
        sites.ShouldAllBe(site => site.Kind == SiteKind.Encoder && site.Heads == Tiny.NumHeads && site.HeadWidth == Tiny.DKv);
    }

    private static T5Encoder Filled()
    {
        var model = new T5Encoder(Tiny);
        FormulaWeights.Fill(model);
        model.eval();
        return model;
    }

    private static string Json(T5Config config) => JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["vocab_size"] = config.VocabSize,
        ["d_model"] = config.DModel,
        ["d_kv"] = config.DKv,
        ["d_ff"] = config.DFf,
        ["num_layers"] = config.NumLayers,
        ["num_heads"] = config.NumHeads,
        ["relative_attention_num_buckets"] = config.RelativeAttentionNumBuckets,
        ["relative_attention_max_distance"] = config.RelativeAttentionMaxDistance,
        ["feed_forward_proj"] = "gated-gelu",
    });
}
