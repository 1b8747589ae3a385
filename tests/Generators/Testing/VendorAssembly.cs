using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Tests.Testing;

/// <summary>A compiled assembly of somebody else: it refers to torch and knows nothing of this project.</summary>
internal sealed class VendorAssembly
{
    /// <summary>Usings and what every vendor's attention here computes with.</summary>
    private const string Common = """
        global using System;
        global using System.Collections.Generic;
        global using System.Linq;
        global using TorchSharp;
        global using TorchSharp.Modules;
        global using static TorchSharp.torch;
        global using static TorchSharp.torch.nn;

        namespace Vendor
        {
            public static class Heads
            {
                public static Tensor[] Split(Tensor packed, long heads)
                {
                    using var split = packed.view(packed.shape[0], packed.shape[1], 3, heads, packed.shape[2] / 3 / heads);
                    using var permuted = split.permute(2, 0, 3, 1, 4);
                    return new[] { permuted.select(0, 0), permuted.select(0, 1), permuted.select(0, 2) };
                }

                public static Tensor Join(Tensor attended)
                {
                    using var swapped = attended.transpose(1, 2);
                    return swapped.reshape(swapped.shape[0], swapped.shape[1], swapped.shape[2] * swapped.shape[3]);
                }

                public static Tensor Attend(Tensor packed, long heads)
                {
                    var qkv = Split(packed, heads);
                    using var attended = functional.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2]);
                    foreach (var part in qkv) part.Dispose();
                    return Join(attended);
                }

                public static Tensor Through(Linear qkv, Linear proj, Tensor hidden, long heads)
                {
                    using var packed = qkv.forward(hidden);
                    using var joined = Attend(packed, heads);
                    return proj.forward(joined);
                }
            }
        }
        """;

    private VendorAssembly(byte[] image)
    {
        Image = image;
        Reference = MetadataReference.CreateFromImage(image);
    }

    public byte[] Image { get; }

    public MetadataReference Reference { get; }

    /// <summary>Compiles a library.</summary>
    /// <param name="source">Its source.</param>
    public static VendorAssembly Of(string source)
    {
        var compilation = CSharpCompilation.Create(
            "Vendor",
            [CSharpSyntaxTree.ParseText(Common), CSharpSyntaxTree.ParseText(source)],
            Generation.Compile().References.Where(reference => !IsOurs(reference)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).ShouldBeEmpty();
        compilation.ReferencedAssemblyNames.ShouldContain(name => name.Name.Contains("Torch", StringComparison.Ordinal));
        return new VendorAssembly(image.ToArray());
    }

    /// <summary>Runs the generators on a program that uses this library.</summary>
    /// <param name="program">Its files.</param>
    public Generation Wrap(params string[] program)
        => Generation.Of(Generation.Compile(program).AddReferences(Reference));

    private static bool IsOurs(MetadataReference reference)
        => Path.GetFileName(reference.Display) is { } name && name.StartsWith("DiTFastAttn", StringComparison.Ordinal) && !name.Contains("Torch", StringComparison.Ordinal);
}
