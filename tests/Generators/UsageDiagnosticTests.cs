using System.Runtime.CompilerServices;
using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests;

/// <summary>A snapshot for every diagnostic of use, and that what is right beside it is left alone.</summary>
public sealed class UsageDiagnosticTests
{
    private const string Site = "[AttentionSite(\"attn\", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))] private partial Tensor Attend(Tensor hidden);";

    [Fact]
    public void DFA0101_module_keeps_tensors() => Verify(Module("""
        private Tensor? _last;
        private readonly System.Collections.Generic.List<Tensor> _all = [];
        private readonly Tensor[] _ring = new Tensor[4];
        private static (Tensor Query, Tensor Key) _pair;

        public Tensor? Kept { get; private set; }
        """, """
        _last ??= Attend(hidden);
        _all.Add(hidden.alias());
        _ring[0] = hidden.alias();
        _pair = (hidden.alias(), hidden.alias());
        Kept = hidden.alias();
        return _last.alias();
        """));

    [Fact]
    public void DFA0101_module_keeps_a_strategy() => Verify(Module("""
        private readonly IAttentionProcessor? _strategy = null;

        public AttentionRun? Run { get; set; }
        """, "return Run is null && _strategy is null ? Attend(hidden) : hidden.alias();"));

    [Fact]
    public void DFA0101_module_around_sites_keeps_a_tensor() => Verify(Module("", "return Attend(hidden);") + """

        public sealed class Block() : Module<Tensor, Tensor>("Block")
        {
            private readonly TorchSharp.Modules.ModuleList<SelfAttention> blocks = new();
            private Tensor _shift = null!;

            public override Tensor forward(Tensor input)
            {
                _shift = input.mul(2);
                using var attended = blocks[0].forward(_shift);
                return attended.alias();
            }
        }
        """);

    [Theory]
    [InlineData("what a constructor makes", "private Tensor _table; public SelfAttention(long size) : this() { _table = zeros(size); RegisterComponents(); }", "_table = hidden.alias(); return Attend(hidden);", "= zeros(1)")]
    [InlineData("what a declaration begins with", "private Tensor _table = zeros(3);", "_table = hidden.alias(); return Attend(hidden);")]
    [InlineData("a registered buffer", "private Tensor? _mean; public void Build() { register_buffer(nameof(_mean), zeros(3)); }", "_mean = hidden.mean(); return Attend(hidden);")]
    [InlineData("what nothing computes", "private Tensor? _weights; public void Load(Tensor weights) => _weights = weights;", "return _weights is null ? Attend(hidden) : hidden.alias();")]
    [InlineData("letting go", "private Tensor? _weights; public void Load(Tensor weights) => _weights = weights;", "_weights = null; return Attend(hidden);")]
    [InlineData("numbers", "private long _calls;", "_calls++; return Attend(hidden);")]
    [InlineData("another object's field", "private sealed class Frame { public Tensor? Last; }", "var frame = new Frame(); frame.Last = hidden; return Attend(frame.Last);")]
    [InlineData("a property that stores nothing", "private Tensor Last { get => zeros(1); set => value.Dispose(); }", "Last = hidden.alias(); return Attend(hidden);")]
    public void Modules_that_are_left_alone(string what, string members, string body, string initializer = "")
        => CheckSilent(what, Module(members.Replace("Tensor _table;", $"Tensor _table {initializer};", StringComparison.Ordinal), body));

    [Fact]
    public void Modules_without_sites_are_left_alone() => CheckSilent("no site", """
        namespace Demo;

        public sealed class Decoder() : Module<Tensor, Tensor>("Decoder")
        {
            private Tensor? _cache;

            public override Tensor forward(Tensor input)
            {
                _cache = input.alias();
                return input;
            }
        }
        """);

    [Fact]
    public void DFA0102_strategy_has_state() => Verify(Strategy("""
        private int _calls;
        private Tensor? _last;
        private readonly System.Collections.Generic.Dictionary<int, Tensor> _cache = [];
        private static int s_total;
        internal int Open;

        public int Period { get; set; } = 3;

        public int Counted { get; private set; }
        """, """
        _calls++;
        _last = call.Hidden.alias();
        _cache[call.Step] = call.Hidden.alias();
        s_total += _calls;
        Counted = s_total;
        return Full(call, _last is null);
        """));

    [Theory]
    [InlineData("what never changes", "private readonly int _period = 3; public int Period { get; init; } public int Twice => _period * 2; private const int One = 1;", "return Full(call, _period == One);")]
    [InlineData("what a constructor sets", "private int _period; public Mine() { _period = 3; }", "return Full(call, _period == 1);")]
    [InlineData("what is guarded", "private readonly object _lock = new(); private int _calls;", "lock (_lock) { _calls++; } return Full(call, _calls == 0);")]
    [InlineData("what is atomic", "private int _calls;", "System.Threading.Interlocked.Increment(ref _calls); return Full(call, _calls == 0);")]
    [InlineData("what is concurrent", "private readonly System.Collections.Concurrent.ConcurrentDictionary<int, int> _seen = [];", "_seen.TryAdd(1, 1); return Full(call, false);")]
    [InlineData("what is a thread's", "[ThreadStatic] private static int t_depth;", "t_depth++; return Full(call, t_depth == 1);")]
    [InlineData("a local collection", "private readonly int _size = 1;", "var all = new System.Collections.Generic.List<int>(); all.Add(_size); return Full(call, all.Count == 1);")]
    public void Strategies_that_are_left_alone(string what, string members, string body)
    {
        var source = Strategy(members, body);
        CheckSilent(what, what == "what is concurrent" ? source.Replace("_seen.TryAdd(1, 1)", "_seen[1] = 1", StringComparison.Ordinal) : source);
    }

    [Fact]
    public void Classes_that_are_not_registered_may_keep_what_they_like()
        => CheckSilent("not marked", Strategy("private int _calls;", "_calls++; return Full(call, _calls == 1);").Replace("[AttentionProcessor(\"mine\")]", "", StringComparison.Ordinal));

    [Fact]
    public void DFA0103_step_is_left_open() => Verify(Steps("""
        public static async Task Statement(AttentionRun run)
        {
            using (run.Step())
            {
                await Task.Yield();
            }
        }

        public static async Task Declaration(AttentionRun run)
        {
            await Task.Yield();
            using var step = run.Step();
            if (run.ToString() is { Length: > 0 })
            {
                await Task.Yield();
            }
        }

        public static async Task Perhaps(AttentionRun? run)
        {
            using var step = run?.Step();
            await foreach (var _ in Each(null!))
            {
            }
        }

        public static async Task Disposal(AttentionRun run, IAsyncDisposable other)
        {
            using (var step = run.Step())
            {
                await using var also = other;
            }
        }

        public static IEnumerable<int> Steps(AttentionRun run)
        {
            using (run.Step())
            {
                yield return 1;
            }
        }
        """));

    [Fact]
    public void Steps_that_are_left_alone() => CheckSilent("closed before", Steps("""
        public static async Task Closed(AttentionRun run)
        {
            using (run.Step())
            {
                Func<Task> later = async () => await Task.Yield();
                Use(later);
            }

            await Task.Yield();
        }

        public static async Task<int> Inner(AttentionRun run)
        {
            {
                using var step = run.Step();
                Use(Again);
            }

            await Task.Yield();
            return 1;

            static async Task Again() => await Task.Yield();
        }

        public static async Task Other(AttentionRun run)
        {
            using (run)
            {
                await Task.Yield();
            }
        }
        """));

    [Fact]
    public void DFA0104_strategy_returns_what_is_borrowed() => Verify(Strategy("private readonly Tensor _zero = zeros(1);", """
        using var input = call.Project();
        using var attended = call.Kernel.Full(input);
        var tokens = call.Hidden;
        return call.Step switch
        {
            0 => call.Hidden,
            1 => _zero,
            2 => attended,
            3 => input.Value,
            4 => tokens,
            _ => call.Output(attended),
        };
        """));

    [Fact]
    public void DFA0104_projections_return_what_is_borrowed() => Verify("""
        namespace Demo;

        public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            private readonly Tensor[] _tables = [];
            private readonly Tensor? _bias = null;

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden, [PerSample] Tensor? mask);

            private AttentionInput ProjectQkv(Tensor hidden, Tensor? mask)
            {
                using var key = hidden.mul(2);
                return new AttentionInput(hidden, key, _tables[0]) { KeyMask = mask, Bias = _bias };
            }

            private Tensor ProjectOut(Tensor attended) => attended.shape[0] > 1 ? (attended) : attended.mul(2);

            public override Tensor forward(Tensor input) => Attend(input, null);
        }
        """);

    [Theory]
    [InlineData("a new handle", "attended.alias()")]
    [InlineData("what a call returns", "Same(attended)")]
    [InlineData("a result", "attended * 2")]
    public void Projections_that_are_left_alone(string what, string result) => CheckSilent(what, $$"""
        namespace Demo;

        public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            {{Site}}

            private AttentionInput ProjectQkv(Tensor hidden)
            {
                var query = hidden.alias();
                hidden = hidden.mul(2);
                return new(query, hidden, hidden.alias()) { KeyMask = null };
            }

            private Tensor ProjectOut(Tensor attended) => {{result}};

            private static Tensor Same(Tensor tensor) => tensor;

            public override Tensor forward(Tensor input) => input;
        }
        """);

    [Fact]
    public void A_warning_can_be_switched_off_where_it_stands()
    {
        var source = Strategy("#pragma warning disable DFA0102\npublic int Period { get; set; }\n#pragma warning restore DFA0102", """
            #pragma warning disable DFA0104
            return call.Hidden;
            """);

        Analysis.Of(source).Diagnostics.ShouldBeEmpty();
        Analysis.Of(source.Replace("#pragma", "//", StringComparison.Ordinal)).Ids.ShouldBe(["DFA0102", "DFA0104"]);
    }

    [Fact]
    public void Broken_code_does_not_disturb()
    {
        string[] sources =
        [
            Strategy("private int _calls;", "Tensor a = a; return a;"),
            Strategy("", "Tensor a = b; Tensor b = a; return a;"),
            Strategy("", "return"),
            Strategy("public int { get; set; }", "return call.Hidden"),
            Module("private Tensor _x", "_x = ; return Attend("),
            Steps("public static async Task A(AttentionRun run) { using (run.Step()) await ; }"),
            Steps("public static async Task A(AttentionRun run) { using var = run.Step(); await"),
            Strategy("", "return " + string.Concat(Enumerable.Repeat("true ? call.Hidden : ", 300)) + "call.Hidden;"),
            Strategy("", "return " + string.Join(" + ", Enumerable.Repeat("call.Hidden", 3000)) + ";"),
        ];

        foreach (var source in sources)
        {
            Analysis.Of(source).Ids.ShouldNotContain("AD0001", source[..Math.Min(source.Length, 2000)]);
        }
    }

    private static string Module(string members, string body) => $$"""
        namespace Demo;

        public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            {{members.ReplaceLineEndings("\n    ")}}

            {{Site}}

            public override Tensor forward(Tensor hidden)
            {
                {{body.ReplaceLineEndings("\n        ")}}
            }

        {{Sources.Projections}}
        }

        """;

    private static string Strategy(string members, string body) => $$"""
        namespace Demo;

        [AttentionProcessor("mine")]
        public sealed class Mine : IAttentionProcessor
        {
            {{members.ReplaceLineEndings("\n    ")}}

            public ProcessorTraits Traits { get; } = new(SiteState.None, SiteState.Output);

            public Tensor Attend(in AttentionCall call)
            {
                {{body.ReplaceLineEndings("\n        ")}}
            }

            public AttentionCost Cost(in SiteShape shape) => new(shape.Projections, shape.FullAttention);

            private static Tensor Full(in AttentionCall call, bool twice)
            {
                using var input = call.Project();
                using var attended = call.Kernel.Full(input);
                return twice ? call.Output(attended).mul(2) : call.Output(attended);
            }
        }
        """;

    private static string Steps(string members) => $$"""
        using System.Collections.Generic;
        using System.Threading.Tasks;

        namespace Demo;

        public static class Runs
        {
            {{members.ReplaceLineEndings("\n    ")}}

            private static void Use(Func<Task> later) => later();

            private static async IAsyncEnumerable<int> Each(Task before)
            {
                await before;
                yield return 1;
            }
        }
        """;

    private static void CheckSilent(string what, string source)
    {
        var generation = Generation.Of(source);
        generation.Ids.ShouldBeEmpty(what);
        generation.CompilerComplaints.Where(d => d.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error).ShouldBeEmpty(what);
        Analysis.Of(source).Diagnostics.ShouldBeEmpty(what);
    }

    private static void Verify(string source, [CallerMemberName] string method = "", [CallerFilePath] string testFile = "")
    {
        Generation.Of(source).CompilerComplaints.Where(d => d.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error).ShouldBeEmpty();
        var analysis = Analysis.Of(source);
        analysis.Ids.Distinct().ShouldBe([method[..7]]);
        Snapshot.Verify(analysis, testFile, method);
    }
}
