using System.Reflection;
using DiTFastAttn.Generators.Tests.Testing;
using DiTFastAttn.Hosting;
using DiTFastAttn.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace DiTFastAttn.Generators.Tests;

/// <summary>Generated registrations are compiled, loaded and called: plans then name the strategies, and they get their services.</summary>
public sealed class ProcessorRunTests
{
    private static readonly string Program = Sources
        .Processor("""[AttentionProcessor("mine")] internal sealed class Mine(System.Collections.Generic.List<string> log)""")
        .Replace("using var input", "log.Add($\"{call.Site.Name} {call.Step}\");\n        using var input", StringComparison.Ordinal)
        + """


        [AttentionProcessor("twice")]
        public sealed class Twice : IAttentionDecorator
        {
            public IAttentionProcessor Around(IAttentionProcessor inner) => new Doubled(inner);

            private sealed class Doubled(IAttentionProcessor inner) : IAttentionProcessor
            {
                public ProcessorTraits Traits => inner.Traits;

                public Tensor Attend(in AttentionCall call)
                {
                    using var output = inner.Attend(call);
                    return output + output;
                }

                public AttentionCost Cost(in SiteShape shape) => inner.Cost(shape);
            }
        }

        public sealed partial class Model() : Module<Tensor, Tensor>("Model")
        {
            [AttentionSite("attn", Project = nameof(Project), Output = nameof(Output))]
            public override partial Tensor forward(Tensor input);

            private static AttentionInput Project(Tensor hidden) => new(hidden.unsqueeze(1), hidden.unsqueeze(1), hidden.unsqueeze(1));

            private static Tensor Output(Tensor attended) => attended.squeeze(1);
        }
        """;

    [Fact]
    public void Strategies_are_registered_with_their_services_and_take_part_in_plans()
    {
        var assembly = Generation.Of(Program).Load();
        var log = new List<string>();
        var builder = new ServiceCollection().AddSingleton(log).AddDiTFastAttn();

        Register(assembly, builder).ShouldBeSameAs(builder);

        using var provider = builder.Services.BuildServiceProvider();
        using var model = (nn.Module<Tensor, Tensor>)Activator.CreateInstance(assembly.GetType("Demo.Model")!)!;
        using var attached = provider.GetRequiredService<IFastAttention>().Attach(model);
        attached.Processors.Ids.ShouldBe(["full", "wa", "wars", "ast", "asc", "mine", "twice"]);
        var plan = AttentionPlan.OfSteps(attached, Guidance.None, ["full", "mine", "mine+twice", "twice"]);
        using var run = attached.BeginRun(plan, new RunRequest(4, Guidance.None));
        using var tokens = Tensors.Tokens(1, 4, seed: 1);
        var outputs = new List<float[]>();
        for (var step = 0; step < 4; step++)
        {
            using (run.Step())
            {
                using var output = model.forward(tokens);
                outputs.Add(output.Values());
            }
        }

        log.ShouldBe(["attn 1", "attn 2"]);
        outputs[1].Select((value, i) => Math.Abs(value - outputs[0][i])).Max().ShouldBeLessThan(1e-6f);
        outputs[2].ShouldBe([.. outputs[1].Select(value => value + value)]);
        outputs[3].ShouldBe([.. outputs[0].Select(value => value + value)], "alone a decorator stands around full");
    }

    [Fact]
    public void Registering_twice_is_refused_in_one_line()
    {
        var assembly = Generation.Of(Program).Load();
        var builder = new ServiceCollection().AddDiTFastAttn();
        Register(assembly, builder);

        Should.Throw<TargetInvocationException>(() => Register(assembly, builder))
            .InnerException.ShouldBeOfType<ArgumentException>().Message.ShouldStartWith("strategy id 'mine' is taken by Mine: choose another.");
    }

    [Fact]
    public void Two_projects_register_side_by_side()
    {
        var app = Generation.Of(Program).Load();
        var vendor = Generation.Of(Generation.Compile(Program
            .Replace("\"mine\"", "\"theirs\"", StringComparison.Ordinal)
            .Replace("\"twice\"", "\"theirs-twice\"", StringComparison.Ordinal)).WithAssemblyName("Vendor.Kit")).Load();
        var builder = new ServiceCollection().AddSingleton(new List<string>()).AddDiTFastAttn();

        Register(app, builder);
        Register(vendor, builder, "VendorKit");

        using var provider = builder.Services.BuildServiceProvider();
        provider.GetRequiredService<IProcessorCatalog>().Ids.Skip(5).ShouldBe(["mine", "twice", "theirs", "theirs-twice"]);
    }

    [Fact]
    public void A_service_that_is_missing_shows_when_the_catalog_is_made()
    {
        var builder = new ServiceCollection().AddDiTFastAttn();
        Register(Generation.Of(Program).Load(), builder);
        using var provider = builder.Services.BuildServiceProvider();

        Should.Throw<InvalidOperationException>(provider.GetRequiredService<IFastAttention>).Message.ShouldContain("'Demo.Mine'");
    }

    private static DiTFastAttnBuilder Register(Assembly assembly, DiTFastAttnBuilder builder, string name = "Demo")
        => (DiTFastAttnBuilder)assembly.GetType($"DiTFastAttn.Hosting.{name}Processors")!.GetMethod($"Add{name}Processors")!.Invoke(null, [builder])!;
}
