using DiTFastAttn.Cli.Tests.Testing;
using NJsonSchema;

namespace DiTFastAttn.Cli.Tests.Plans;

/// <summary>Plan files against the schema that is published for them.</summary>
public sealed class PlanSchemaTests
{
    [Fact]
    public async Task A_plan_file_fits_the_schema_which_names_every_field_of_it()
    {
        var schema = await Schema();
        foreach (var part in new[] { schema, schema.Properties["origin"], schema.Properties["sites"].Item! })
        {
            // Others may add fields to their files; we write none that is not described.
            part.AllowAdditionalProperties = false;
        }

        var plan = SomePlan.Plan with
        {
            GuidanceScale = 2, Tokens = 4, Resolution = "4x4", Dtype = "float32",
            Model = SomePlan.Plan.Model with { Sites = [SomePlan.Plan.Model.Sites[0], SomePlan.Plan.Model.Sites[1] with { SubLayer = 7 }] },
            Origin = new PlanOrigin("greedy") { Loss = "official", Threshold = 1, CalibrationSamples = 1, Seed = 1, Cost = 1, Psnr = 1, ValidationPsnr = 1, Note = "n" },
        };
        var text = PlanFile.Write(plan);

        schema.Properties.Keys.ShouldAllBe(name => text.Contains($"\"{name}\":", StringComparison.Ordinal));
        schema.Properties["origin"].Properties.Keys.ShouldAllBe(name => text.Contains($"\"{name}\":", StringComparison.Ordinal));
        schema.Validate(text).ShouldBeEmpty();
        schema.Validate(PlanFile.Write(SomePlan.Plan)).ShouldBeEmpty();
        schema.Validate(SomePlan.Text).ShouldBeEmpty("rows as lists of ids");
    }

    [Theory]
    [InlineData("\"format\": \"ditfastattn-plan/1\"", "\"format\": \"ditfastattn-plan/2\"")]
    [InlineData("\"model\": \"MetaDiT\",", "")]
    [InlineData("\"heads\": 2", "\"heads\": -2")]
    [InlineData("\"heads\": 2", "\"heads\": \"2\"")]
    [InlineData("\"headWidth\": 64 },", "\"headWidth\": 6.5 },")]
    [InlineData("\"steps\": 4", "\"steps\": 0")]
    [InlineData("conditional-first", "conditional")]
    [InlineData("\"window\": \"1/8\"", "\"window\": 8")]
    [InlineData("\"method\": \"hand\", ", "")]
    [InlineData("[\"wars\", \"ast\"]", "[\"wars\", 3]")]
    [InlineData("[\"wars\", \"ast\"]", "7")]
    public async Task What_the_schema_refuses_the_reader_refuses(string right, string wrong)
    {
        SomePlan.Text.ShouldContain(right);
        var text = SomePlan.Text.Replace(right, wrong, StringComparison.Ordinal);

        (await Schema()).Validate(text).ShouldNotBeEmpty();
        Should.Throw<FormatException>(() => PlanFile.Read(text));
    }

    [Theory]
    [InlineData("\"tf\": \"full\"")]
    [InlineData("\"z\": 3")]
    public async Task A_legend_has_one_letter_for_each_id(string entry)
    {
        var written = PlanFile.Write(SomePlan.Plan);
        written.ShouldContain("\"legend\": { ");
        var text = written.Replace("\"legend\": { ", $"\"legend\": {{ {entry}, ", StringComparison.Ordinal);

        (await Schema()).Validate(text).ShouldNotBeEmpty();
    }

    private static Task<JsonSchema> Schema() => JsonSchema.FromFileAsync(Path.Combine(Ditfast.Root, "docs", "plan.schema.json"));
}
