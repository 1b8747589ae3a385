using TorchSharp;
using TorchSharp.Modules;

namespace DiTFastAttn.LibTorch.Tests.Conformance;

/// <summary>Holds everything that the binding shows in TorchSharp's namespaces to what TorchSharp 0.106.0 has there.</summary>
public sealed class PublicSurfaceTests
{
    private static readonly ApiList List = ApiList.Load();

    [Fact]
    public void Every_type_and_member_is_as_TorchSharp_has_it()
    {
        List.Count.ShouldBeGreaterThan(5000);
        var types = ApiPrinter.VisibleTypes(typeof(torch).Assembly).ToList();
        types.ShouldContain(typeof(torch.nn.Module));
        types.SelectMany(ApiPrinter.Members).Count().ShouldBeGreaterThan(500);

        var differences = types.SelectMany(List.Differences).ToList();

        differences.ShouldBeEmpty(string.Join('\n', differences));
    }

    [Fact]
    public void Nothing_else_is_shown() => typeof(torch).Assembly.ExportedTypes.Except(ApiPrinter.VisibleTypes(typeof(torch).Assembly)).ShouldBeEmpty();

    [Theory]
    [InlineData(typeof(torch.nn.functional), "nn.functional.scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor attn_mask = null, Double p = 0, Boolean is_casual = False) : Tensor static")]
    [InlineData(typeof(ModuleList<>), "Modules.ModuleList`1<T>..ctor(params T[] modules) : ctor")]
    [InlineData(typeof(ModuleList<>), "Modules.ModuleList`1<T>.Item[Int32 index] { get; set; } : T")]
    [InlineData(typeof(torch.nn.Module), "nn.Module.ReplaceBuffer(ScalarType? dtype, Device device, Tensor buffer, out ref Tensor result) : Boolean protected static")]
    [InlineData(typeof(torch.nn.Module<,>), "nn.Module`2<T,TResult>.forward(T input) : TResult abstract")]
    [InlineData(typeof(torch.nn.Reduction), "nn.Reduction.Mean : nn.Reduction = 1 field")]
    public void Members_are_printed_in_the_form_of_the_list(Type type, string line) => ApiPrinter.Members(type).ShouldContain(line);

    [Fact]
    public void A_list_without_a_member_reports_it_with_the_nearest_line()
    {
        var list = new ApiList(
        [
            "TYPE class Modules.Parameter : Tensor | IDisposable",
            "Modules.Parameter..ctor(Tensor data, Boolean requires_grad = False) : ctor ",
        ]);

        list.Differences(typeof(Parameter)).ShouldBe(
        [
            "Modules.Parameter..ctor(Tensor data, Boolean requires_grad = True) : ctor\n"
            + "    nearest listed: Modules.Parameter..ctor(Tensor data, Boolean requires_grad = False) : ctor",
        ]);
    }

    [Theory]
    [InlineData("TYPE sealed Modules.Parameter : Tensor | IDisposable", "type Modules.Parameter is class, listed as sealed")]
    [InlineData("TYPE class Modules.Parameter : Object | IDisposable", "type Modules.Parameter has the base 'Tensor', listed with 'Object'")]
    [InlineData("TYPE class Modules.Parameter : Tensor | ", "type Modules.Parameter implements IDisposable, which the listed type does not")]
    [InlineData("TYPE class Modules.Other : Tensor | IDisposable", "type Modules.Parameter is not listed")]
    public void A_type_of_another_kind_base_or_name_is_reported(string line, string difference) =>
        new ApiList([line]).Differences(typeof(Parameter)).ShouldContain(difference);
}
