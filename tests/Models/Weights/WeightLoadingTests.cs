using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

public sealed class WeightLoadingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-load-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_model_saved_and_loaded_predicts_the_same()
    {
        using var model = Models.Tiny();
        var path = Path.Combine(_folder, "tiny.safetensors");
        SafetensorsWriter.Write(path, model.state_dict());
        using var other = new MetaDiT(Models.TinyConfig);
        using var file = SafetensorsFile.Open(path);
        other.LoadWeights(file);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, t, y) = (randn(1, 4, 8, 8), tensor(new long[] { 9 }), tensor(new long[] { 4 }));
        model.forward(x, t, y).equal(other.forward(x, t, y)).all().item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void Stored_half_precision_is_widened_and_parameters_stay_trainable()
    {
        using var scope = NewDisposeScope();
        using var model = Models.Tiny();
        var halves = model.state_dict().ToDictionary(p => p.Key, p => p.Value.detach().to(ScalarType.Float16), StringComparer.Ordinal);
        using var other = new MetaDiT(Models.TinyConfig);
        other.LoadWeights(new TensorDictionary(halves, "halves"));
        var weight = other.get_parameter("blocks.0.attn.qkv.weight")!;
        weight.dtype.ShouldBe(ScalarType.Float32);
        weight.requires_grad.ShouldBeTrue();
        weight.detach().equal(halves["blocks.0.attn.qkv.weight"].to(ScalarType.Float32)).all().item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void A_file_may_lack_the_position_table_and_nothing_else()
    {
        using var model = Models.Tiny();
        using var other = new MetaDiT(Models.TinyConfig);
        var weights = model.state_dict();
        weights.Remove("pos_embed");
        other.LoadWeights(new TensorDictionary(weights, "w"));

        weights.Remove("final_layer.linear.bias");
        weights["extra"] = weights["x_embedder.proj.bias"];
        Should.Throw<WeightFileException>(() => other.LoadWeights(new TensorDictionary(weights, "w.safetensors")))
            .Message.ShouldBe("weights 'w.safetensors': they do not fit the model 'MetaDiT': 1 missing: final_layer.linear.bias; 1 unexpected: extra.");
    }

    [Fact]
    public void Weights_of_another_size_are_refused_before_anything_is_written()
    {
        using var model = Models.Tiny();
        using var wide = new MetaDiT(Models.TinyConfig with { NumClasses = 20 });
        FormulaWeights.Fill(wide);
        using var scope = NewDisposeScope();
        var before = model.get_parameter("x_embedder.proj.weight")!.detach().clone();
        using (var noGrad = no_grad())
        {
            wide.get_parameter("x_embedder.proj.weight")!.fill_(5);
        }

        Should.Throw<WeightFileException>(() => model.LoadWeights(new TensorDictionary(wide.state_dict(), "wide")))
            .Message.ShouldContain("1 misshaped: y_embedder.embedding_table.weight [21, 32] where the model has [11, 32]");
        model.get_parameter("x_embedder.proj.weight")!.detach().equal(before).all().item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void The_other_layouts_names_are_told_in_one_short_line()
    {
        using var model = Models.Tiny();
        using var diffusers = new DiffusersDiT(DiTKeyMap.ToDiffusers(Models.TinyConfig));
        var message = Should.Throw<WeightFileException>(() => model.LoadWeights(new TensorDictionary(diffusers.state_dict(), "d"))).Message;
        message.ShouldContain("missing: blocks.0.");
        message.ShouldContain("unexpected: pos_embed.proj.bias, ");
        message.Length.ShouldBeLessThan(1000);
    }

    [Fact]
    public void All_that_does_not_fit_is_one_list_with_the_nearest_names()
    {
        using var model = Models.Tiny();
        using var wide = new MetaDiT(Models.TinyConfig with { NumClasses = 20 });
        var weights = wide.state_dict();
        weights["blocks.0.attn.qvk.weight"] = weights["blocks.0.attn.qkv.weight"];
        weights.Remove("blocks.0.attn.qkv.weight");
        Should.Throw<WeightFileException>(() => model.LoadWeights(new TensorDictionary(weights, "w"))).Message.ShouldBe(
            "weights 'w': they do not fit the model 'MetaDiT': 1 missing: blocks.0.attn.qkv.weight (near: blocks.0.attn.qvk.weight); "
            + "1 unexpected: blocks.0.attn.qvk.weight (near: blocks.0.attn.qkv.weight); "
            + "1 misshaped: y_embedder.embedding_table.weight [21, 32] where the model has [11, 32].");
    }

    [Fact]
    public void Weights_run_in_the_dtype_of_most_values_that_the_device_computes_in()
    {
        using var scope = NewDisposeScope();
        var weights = new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            ["a"] = ones([4], dtype: ScalarType.Float32),
            ["b"] = ones([5], dtype: ScalarType.BFloat16),
            ["steps"] = ones([100], dtype: ScalarType.Int64),
        };
        var source = new TensorDictionary(weights, "w");
        source.RunDtype(CPU).ShouldBe(CpuArithmetic.HasBFloat16 ? ScalarType.BFloat16 : ScalarType.Float32);
        source.RunDtype(new Device(DeviceType.CUDA)).ShouldBe(ScalarType.BFloat16);
        weights["b"] = ones([5], dtype: ScalarType.Float16);
        source.RunDtype(CPU).ShouldBe(ScalarType.Float32);
        source.RunDtype(new Device(DeviceType.CUDA)).ShouldBe(ScalarType.Float16);
        weights["a"] = ones([6], dtype: ScalarType.Float32);
        source.RunDtype(new Device(DeviceType.CUDA)).ShouldBe(ScalarType.Float32);
    }

    [Fact]
    public void The_key_map_says_which_tensor_is_missing()
    {
        using var model = Models.Tiny();
        var weights = model.state_dict();
        weights.Remove("blocks.1.attn.qkv.weight");
        Should.Throw<WeightFileException>(() => DiTKeyMap.MetaToDiffusers(new TensorDictionary(weights, "w"), Models.TinyConfig))
            .Message.ShouldContain("there is no tensor 'blocks.1.attn.qkv.weight', which becomes 'transformer_blocks.1.attn1.to_q.weight'");
    }

    [Theory]
    [InlineData("weight", new long[] { 3 }, new[] { 0.9107761383056641f, 1.078270435333252f, 1.0822941064834595f })]
    [InlineData("bias", new long[] { 3 }, new[] { 0.00048083066940307617f, -0.015333033166825771f, 0.02904980257153511f })]
    [InlineData("kernel", new long[] { 2, 1, 3 }, new[] { 0.32270240783691406f, -0.4243820905685425f, 0.4285811185836792f, -0.5969260931015015f, -0.05221855640411377f, 0.554043173789978f })]
    public void Formula_weights_are_those_of_the_specification(string name, long[] shape, float[] expected)
    {
        using var filled = zeros(shape);
        FormulaWeights.Fill(filled, name);
        filled.data<float>().ToArray().ShouldBe(expected);
    }

    [Fact]
    public void Formula_weights_of_large_tensors_go_on_where_the_small_ones_end()
    {
        using var small = zeros(10, 7);
        using var large = zeros(100_003, 7);
        FormulaWeights.Fill(small, "w");
        FormulaWeights.Fill(large, "w");
        using var head = large.narrow(0, 0, 10);
        head.equal(small).all().item<bool>().ShouldBeTrue();
        using var mean = large.mean();
        mean.item<float>().ShouldBe(0, 0.005f);
        using var tail = large[-1];
        tail.abs().max().item<float>().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Formula_weights_refuse_a_name_that_is_not_there()
    {
        using var model = new MetaDiT(Models.TinyConfig);
        Should.Throw<ArgumentException>(() => FormulaWeights.Fill(model, ["blocks.9.x"])).Message.ShouldContain("has no parameter or buffer 'blocks.9.x'");
    }
}
