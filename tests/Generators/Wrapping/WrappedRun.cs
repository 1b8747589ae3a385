using System.Reflection;
using System.Runtime.Loader;
using DiTFastAttn.Generators.Tests.Testing;
using DiTFastAttn.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Generators.Tests.Wrapping;

/// <summary>Compiles a vendor's model and a program that wraps it, runs both, and compares them in everything that the vendor's users see.</summary>
internal static class WrappedRun
{
    private static readonly string[] KeysOfAttention = ["qkv.weight", "qkv.bias", "proj.weight", "proj.bias"];

    /// <summary>Compiles and loads; the generated half is registered.</summary>
    /// <param name="vendor">Source of the vendor's assembly, with a class <c>Vendor.Model</c>.</param>
    /// <param name="program">Files of the program.</param>
    public static (nn.Module<Tensor, Tensor> Model, Assembly Program) Load(string vendor, params string[] program)
    {
        var library = VendorAssembly.Of(vendor);
        var generation = library.Wrap(program);
        generation.Result.Diagnostics.ShouldBeEmpty();
        var loaded = generation.LoadWith(library.Image);
        System.Runtime.CompilerServices.RuntimeHelpers.RunModuleConstructor(loaded.ManifestModule.ModuleHandle);
        var vendorAssembly = AssemblyLoadContext.GetLoadContext(loaded)!.Assemblies.Single(assembly => assembly.GetName().Name == "Vendor");
        vendorAssembly.GetReferencedAssemblies().ShouldNotContain(name => name.Name!.StartsWith("DiTFastAttn.Abstractions", StringComparison.Ordinal));
        return ((nn.Module<Tensor, Tensor>)Activator.CreateInstance(vendorAssembly.GetType("Vendor.Model")!)!, loaded);
    }

    /// <summary>Everything that may not change by wrapping, and that the adapters are what computes.</summary>
    /// <param name="vendor">Source of the vendor's assembly.</param>
    /// <param name="program">Source of the program.</param>
    /// <param name="sites">The names of the sites.</param>
    /// <param name="keysOfBlock">The keys of one of the two blocks, where they are not those of attention.</param>
    public static void Check(string vendor, string program, string[] sites, string[]? keysOfBlock = null)
    {
        var (model, _) = Load(vendor, program);
        using var owned = model;
        using var tokens = Tensors.Tokens(2, 5, seed: 1);
        var expected = Forward(model, tokens);
        var held = Held(model);
        var state = State(model);
        state.Count.ShouldBe(2 * (keysOfBlock ?? KeysOfAttention).Length);
        (keysOfBlock ?? KeysOfAttention).ShouldAllBe(key => state.Count(s => s.Key.EndsWith("." + key, StringComparison.Ordinal)) == 2);
        var saved = Saved(model);
        var training = Training(model);

        var kernel = new CountingKernel();
        for (var time = 0; time < 2; time++)
        {
            using (var attached = AttachedModel.Attach(model, new TestCatalog(), kernel, AttentionWindow.Paper))
            {
                attached.Sites.Select(site => site.Name).ShouldBe(sites);
                attached.WrappedModuleCount.ShouldBe(sites.Length);
                Held(model).ShouldNotBe(held);
                Should.Throw<InvalidOperationException>(() => AttachedModel.Attach(model, new TestCatalog(), kernel, AttentionWindow.Paper))
                    .Message.ShouldContain("is attached already");

                var before = kernel.Calls;
                Forward(model, tokens).ShouldBe(expected);
                kernel.Calls.ShouldBe(before + sites.Length);
                RunInFull(attached, model, tokens, expected);
                kernel.Calls.ShouldBe(before + (3 * sites.Length));
                CheckReuse(attached, model, tokens, expected, kernel);

                State(model).ShouldBe(state);
                Saved(model).ShouldBe(saved);
                model.load(new MemoryStream(saved));
                Forward(model, tokens).ShouldBe(expected);
                Training(model).ShouldBe(training);
            }

            var calls = kernel.Calls;
            Held(model).ShouldBe(held);
            State(model).ShouldBe(state);
            Forward(model, tokens).ShouldBe(expected);
            kernel.Calls.ShouldBe(calls);
        }

        CheckConversion(model, tokens, kernel);
    }

    private static float[] Forward(nn.Module<Tensor, Tensor> model, Tensor tokens)
    {
        using var output = model.forward(tokens);
        return output.Values();
    }

    private static void RunInFull(AttachedModel attached, nn.Module<Tensor, Tensor> model, Tensor tokens, float[] expected)
    {
        using var run = attached.BeginRun(AttentionPlan.AllFull(attached, Guidance.None, 2), new RunRequest(2, Guidance.None));
        for (var step = 0; step < 2; step++)
        {
            using (run.Step())
            {
                Forward(model, tokens).ShouldBe(expected);
            }
        }
    }

    /// <summary>A step that reuses outputs computes no attention, and gives the same where the input is the same.</summary>
    private static void CheckReuse(AttachedModel attached, nn.Module<Tensor, Tensor> model, Tensor tokens, float[] expected, CountingKernel kernel)
    {
        var plan = AttentionPlan.OfSteps(attached, Guidance.None, ["full", "output"]);
        using var run = attached.BeginRun(plan, new RunRequest(2, Guidance.None));
        using (run.Step())
        {
            Forward(model, tokens).ShouldBe(expected);
        }

        var calls = kernel.Calls;
        using (run.Step())
        {
            Forward(model, tokens).ShouldBe(expected);
        }

        kernel.Calls.ShouldBe(calls);
    }

    /// <summary>What all modules say of their mode in evaluation, then in training; what is not registered is not reached.</summary>
    private static List<bool> Training(nn.Module<Tensor, Tensor> model)
    {
        var modes = new List<bool>();
        foreach (var train in new[] { false, true })
        {
            model.train(train);
            model.modules().ShouldAllBe(module => module.training == train);
            modes.AddRange(Held(model).OfType<nn.Module>().Select(module => module.training));
        }

        return modes;
    }

    /// <summary>Conversion while the model is attached reaches what the adapters compute with.</summary>
    private static void CheckConversion(nn.Module<Tensor, Tensor> model, Tensor tokens, CountingKernel kernel)
    {
        if (model.parameters().FirstOrDefault() is null)
        {
            return;
        }

        using var doubled = tokens.to(ScalarType.Float64);
        double[] wrapped;
        using (var attached = AttachedModel.Attach(model, new TestCatalog(), kernel, AttentionWindow.Paper))
        {
            model.to(ScalarType.Float64);
            model.state_dict().Values.ShouldAllBe(tensor => tensor.dtype == ScalarType.Float64);
            using var run = attached.BeginRun(AttentionPlan.AllFull(attached, Guidance.None, 1), new RunRequest(1, Guidance.None));
            using (run.Step())
            {
                using var output = model.forward(doubled);
                wrapped = [.. output.data<double>()];
            }
        }

        using var plain = model.forward(doubled);
        wrapped.ShouldBe([.. plain.data<double>()]);
    }

    /// <summary>The keys of the state dict in order, each with the tensor that it stands for.</summary>
    private static List<(string Key, IntPtr Tensor)> State(nn.Module model) => [.. model.state_dict().Select(entry => (entry.Key, entry.Value.Handle))];

    private static byte[] Saved(nn.Module model)
    {
        using var stream = new MemoryStream();
        model.save(stream);
        return stream.ToArray();
    }

    /// <summary>Every module that a field or a list of the model holds, whether it is registered or not.</summary>
    private static List<object> Held(nn.Module model)
    {
        var held = new List<object>();
        foreach (var module in model.modules().Prepend(model))
        {
            for (var type = module.GetType(); type is not null && type.Assembly.GetName().Name == "Vendor"; type = type.BaseType)
            {
                foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                {
                    held.AddRange(field.GetValue(module) switch
                    {
                        nn.Module one and not System.Collections.IEnumerable => [one],
                        IEnumerable<nn.Module> many => many,
                        _ => [],
                    });
                }
            }
        }

        return held;
    }
}
