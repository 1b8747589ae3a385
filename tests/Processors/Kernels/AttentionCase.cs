using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Tests;

/// <summary>Any attention call: sizes, element type, mask, layout and window. Written so that a failing one reads as code.</summary>
public sealed record AttentionCase
{
    public int Batch { get; init; } = 1;

    public int Groups { get; init; } = 1;

    public int HeadsPerGroup { get; init; } = 1;

    public int HeadWidth { get; init; } = 8;

    public int Frames { get; init; } = 1;

    public int Rows { get; init; } = 1;

    public int Columns { get; init; } = 1;

    public int Text { get; init; }

    public bool TextFirst { get; init; }

    /// <summary>Keys of a context; 0 where the tokens attend to themselves.</summary>
    public int ContextKeys { get; init; }

    /// <summary>Of ten keys, so many are masked; 0 for no mask at all.</summary>
    public int MaskedOfTen { get; init; }

    public bool IsCausal { get; init; }

    public bool HasScale { get; init; }

    public string Window { get; init; } = "0";

    public torch.ScalarType Type { get; init; } = torch.ScalarType.Float32;

    public int Seed { get; init; }

    public int Heads => Groups * HeadsPerGroup;

    public int Queries => (Frames * Rows * Columns) + Text;

    public int Keys => ContextKeys > 0 ? ContextKeys : Queries;

    public static Arbitrary<AttentionCase> Any() => Arb.From(Generate(), Shrink);

    public AttentionInput Make()
    {
        var layout = Frames * Rows > 1 || Window.Contains('x', StringComparison.Ordinal) ? TokenLayout.Grid(Frames, Rows, Columns) : default;
        torch.Tensor? mask = null;
        if (MaskedOfTen > 0)
        {
            var random = new Random(Seed);
            // One key of each sample stays, so that full attention is defined.
            mask = torch.tensor(Enumerable.Range(0, Batch * Keys).Select(i => i % Keys == 0 || random.Next(10) >= MaskedOfTen).ToArray(), [Batch, Keys]);
        }

        return new AttentionInput(Normal(0, Heads, Queries), Normal(1, Groups, Keys), Normal(2, Groups, Keys))
        {
            KeyMask = mask,
            IsCausal = IsCausal,
            Scale = HasScale ? 0.37 : null,
            Layout = layout.WithText(Text, TextFirst),
        };
    }

    private static Gen<AttentionCase> Generate()
    {
        var kind = Gen.Choose(0, 3);
        var sizes = Gen.Choose(1, 3).Zip(Gen.Choose(1, 2)).Zip(Gen.Choose(1, 3)).Zip(Gen.OneOf(Gen.Choose(1, 9).Select(n => 8 * n), Gen.Choose(1, 70)));
        var grid = Gen.Choose(1, 4).Zip(Gen.Choose(1, 7)).Zip(Gen.OneOf(Gen.Choose(1, 20), Gen.Choose(1, 150)));
        var rest = Gen.Choose(0, 30).Zip(Gen.Choose(0, 1)).Zip(Gen.Choose(0, 7)).Zip(Gen.Choose(0, 5));
        return from k in kind
               from s in sizes
               from g in grid
               from r in rest
               from reach in Gen.Choose(0, 12).ArrayOf(6)
               from seed in Gen.Choose(1, 10_000)
               let frames = k == 2 ? g.Item1.Item1 : 1
               let rows = k >= 2 ? g.Item1.Item2 : 1
               select new AttentionCase
               {
                   Batch = s.Item1.Item1.Item1,
                   Groups = s.Item1.Item1.Item2,
                   HeadsPerGroup = s.Item1.Item2,
                   HeadWidth = s.Item2,
                   Frames = frames,
                   Rows = rows,
                   Columns = k >= 2 ? Math.Min(g.Item2, 30) : g.Item2,
                   ContextKeys = k == 1 ? 1 + reach.Sum() + (10 * r.Item1.Item1.Item1) : 0,
                   Text = k is 2 or 3 && r.Item2 > 2 ? r.Item1.Item1.Item1 : 0,
                   TextFirst = r.Item1.Item1.Item2 == 1,
                   MaskedOfTen = r.Item1.Item2 > 4 ? (2 * (r.Item1.Item2 - 4)) + 1 : 0,
                   IsCausal = k == 0 && r.Item2 == 5,
                   HasScale = r.Item2 == 4,
                   Window = Describe(k, frames, reach),
                   Type = (seed % 6) switch { 0 => torch.ScalarType.BFloat16, 1 => torch.ScalarType.Float16, _ => torch.ScalarType.Float32 },
                   Seed = seed,
               };
    }

    private static string Describe(int kind, int frames, int[] reach)
    {
        string Side(int i) => string.Create(CultureInfo.InvariantCulture, $"{reach[i]}:{reach[i + 1]}");
        return kind switch
        {
            2 or 3 when reach[0] == 0 => "1/8",
            2 when frames > 1 => $"{Side(0)}x{Side(2)}x{Side(4)}",
            2 or 3 => $"{Side(0)}x{Side(2)}",
            _ => string.Create(CultureInfo.InvariantCulture, $"{reach[0] * reach[1]}:{reach[2] * reach[3]}"),
        };
    }

    // Smaller in one respect at a time.
    private static IEnumerable<AttentionCase> Shrink(AttentionCase c)
    {
        AttentionCase[] smaller =
        [
            c with { Batch = 1 }, c with { Groups = 1 }, c with { HeadsPerGroup = 1 }, c with { HeadWidth = (c.HeadWidth + 1) / 2 }, c with { HeadWidth = Math.Min(8, c.HeadWidth) },
            c with { Columns = (c.Columns + 1) / 2 }, c with { Columns = Math.Max(1, c.Columns - 1) }, c with { Rows = Math.Max(1, c.Rows - 1) },
            c with { Frames = Math.Max(1, c.Frames - 1) }, c with { Text = c.Text / 2 }, c with { ContextKeys = (c.ContextKeys + 1) / 2 },
            c with { MaskedOfTen = 0 }, c with { HasScale = false }, c with { IsCausal = false }, c with { TextFirst = false },
            c with { Type = torch.ScalarType.Float32 },
        ];
        return smaller.Where(s => s != c);
    }

    // [B, heads, L, D], a view of [B, L, 3, heads, D] as packed projections give it.
    private torch.Tensor Normal(int which, int heads, int length)
        => Inputs.Normal((3 * Seed) + which, 1, Batch, length, 3, heads, HeadWidth).to(Type).select(2, which).transpose(1, 2);
}
