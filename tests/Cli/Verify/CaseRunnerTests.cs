using System.Text.Json.Nodes;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Cli.Verify;
using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Tests.Verify;

/// <summary>Verdicts on cases: what is computed against what is recorded.</summary>
public sealed class CaseRunnerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(1.0009, true)]
    [InlineData(1.0011, false)]
    [InlineData(double.NaN, false)]
    [InlineData(double.PositiveInfinity, false)]
    public void A_tensor_is_held_to_its_limit(double factor, bool passes)
    {
        var result = RunTensors(answer =>
        {
            using var recorded = tensor(new[] { 1f, -2f, 3f });
            answer.Add("out.x", recorded * factor);
        });

        result.Status.ShouldBe(passes ? CaseStatus.Pass : CaseStatus.Fail, result.Detail);
        if (passes)
        {
            result.Worst.ShouldNotBeNull().ShouldBe((factor - 1) / 1e-3, 1e-3);
        }
    }

    [Fact]
    public void Of_two_ways_to_compute_a_tensor_the_worse_one_counts()
    {
        var result = RunTensors(answer =>
        {
            answer.Add("out.x", tensor(new[] { 1f, -2f, 3f }));
            answer.Add("out.x", tensor(new[] { 1f, -2f, 4f }));
        });

        result.Status.ShouldBe(CaseStatus.Fail);
        result.Worst.ShouldNotBeNull().ShouldBeGreaterThan(200);
    }

    [Fact]
    public void A_tensor_of_another_shape_fails()
    {
        var result = RunTensors(answer => answer.Add("out.x", zeros(3, 1)));

        result.Status.ShouldBe(CaseStatus.Fail);
        result.Worst.ShouldBeNull();
        result.Detail.ShouldBe("out.x: shape is [3, 1], [3] is recorded");
    }

    [Fact]
    public void A_tensor_that_is_not_computed_fails()
        => RunTensors(_ => { }).ShouldBe(new CaseResult("test.kind", "case", CaseStatus.Fail, null, "out.x: this build gives no such tensor"));

    [Fact]
    public void Zeros_are_met_by_zeros_only()
    {
        WriteTensors(zeros(4));

        Run(answer => answer.Add("out.x", zeros(4))).Status.ShouldBe(CaseStatus.Pass);
        Run(answer => answer.Add("out.x", full([4], 1e-20f))).Status.ShouldBe(CaseStatus.Fail);
    }

    [Theory]
    [InlineData("""{"plan": [["full", "ast"]]}""", "out.plan", "\"exact\"", """{"plan": [["full", "ast"]]}""", true)]
    [InlineData("""{"plan": [["full", "ast"]]}""", "out.plan", "\"exact\"", """{"plan": [["full", "asc"]]}""", false)]
    [InlineData("""{"plan": [["full", "ast"]]}""", "out.plan", "\"exact\"", """{"plan": [["full"]]}""", false)]
    [InlineData("""{"plan": [["full", "ast"]]}""", "out.plan", "\"exact\"", "{}", false)]
    [InlineData("""{"rows": [{"loss": 1}, {"loss": 2}]}""", "out.rows.loss", "{\"relative\": 0.1}", """{"rows": [{"loss": 1.05}, {"loss": 2.0}]}""", true)]
    [InlineData("""{"rows": [{"loss": 1}, {"loss": 2}]}""", "out.rows.loss", "{\"relative\": 0.1}", """{"rows": [{"loss": 1.0}, {"loss": 2.5}]}""", false)]
    [InlineData("""{"rows": [{"loss": 1}, {"loss": 2}]}""", "out.rows.loss", "{\"relative\": 0.1}", """{"rows": [{"loss": 1}]}""", false)]
    [InlineData("""{"rows": [{"loss": 1}, {"other": 2}]}""", "out.rows.loss", "\"exact\"", """{"rows": [{"loss": 1}, {}]}""", true)]
    [InlineData("""{"rows": [{"loss": 1}, {"other": 2}]}""", "out.rows.loss", "\"exact\"", """{"rows": [{"loss": 1}, {"loss": 1}]}""", false)]
    [InlineData("""{"rows": [{"m": {"a": 1, "b": null}}]}""", "out.rows.m", "\"exact\"", """{"rows": [{"m": {"a": 1, "b": null}}]}""", true)]
    [InlineData("""{"rows": [{"m": {"a": 1, "b": null}}]}""", "out.rows.m", "\"exact\"", """{"rows": [{"m": {"a": 1}}]}""", false)]
    [InlineData("""{"rows": [{"m": {"a": 1, "b": null}}]}""", "out.rows.m", "\"exact\"", """{"rows": [{"m": {"a": 1, "b": 0}}]}""", false)]
    [InlineData("""{"a": true, "b": "x"}""", "out", "\"exact\"", """{"b": "x", "a": true}""", true)]
    [InlineData("""{"a": true, "b": "x"}""", "out", "\"exact\"", """{"b": "x", "a": false}""", false)]
    [InlineData("""{"a": true, "b": "x"}""", "out", "\"exact\"", """{"b": "x", "a": true, "c": 1}""", false)]
    public void Fields_are_compared_along_their_path(string recorded, string path, string tolerance, string computed, bool passes)
    {
        Write($$"""{"format": "ditfastattn-fixture/1", "kind": "test.kind", "out": {{recorded}}, "tolerance": {"{{path}}": {{tolerance}}} }""");

        var result = Run(answer =>
        {
            foreach (var (name, value) in JsonNode.Parse(computed)!.AsObject())
            {
                answer.Out[name] = value?.DeepClone();
            }
        });

        result.Status.ShouldBe(passes ? CaseStatus.Pass : CaseStatus.Fail, result.Detail);
    }

    [Theory]
    [InlineData("{", "not JSON")]
    [InlineData("[]", "not a case")]
    [InlineData("{}", "has no field 'format'")]
    [InlineData("""{"format": "other/1", "kind": "test.kind"}""", "not a case")]
    [InlineData("""{"format": "ditfastattn-fixture/1"}""", "has no field 'kind'")]
    [InlineData("""{"format": "ditfastattn-fixture/1", "kind": 3}""", "the field 'kind' is 3")]
    [InlineData("""{"format": "ditfastattn-fixture/1", "kind": "test.kind", "tensors": {}}""", "cannot be read")]
    [InlineData("""{"format": "ditfastattn-fixture/1", "kind": "test.kind"}""", "has no field 'tolerance'")]
    [InlineData("""{"format": "ditfastattn-fixture/1", "kind": "test.kind", "tolerance": {}}""", "nothing to compare")]
    [InlineData("""{"format": "ditfastattn-fixture/1", "kind": "test.kind", "tolerance": {"out.x": "exact"}}""", "tolerance names 'out.x'")]
    [InlineData("""{"format": "ditfastattn-fixture/1", "kind": "test.kind", "tolerance": {"out.x": "exact"}, "out": {"y": 1}}""", "tolerance names 'out.x'")]
    public void A_malformed_case_fails_with_a_line(string text, string expected)
    {
        Write(text);

        var result = Run(_ => { });

        result.Status.ShouldBe(CaseStatus.Fail);
        result.Detail.ShouldContain(expected);
        result.Detail.ShouldNotContain('\n');
    }

    [Fact]
    public void Damaged_tensors_fail_with_a_line()
    {
        WriteTensors(zeros(100));
        var path = _folder["case.safetensors"];
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^100]);

        var result = Run(_ => { });

        result.Status.ShouldBe(CaseStatus.Fail);
        result.Detail.ShouldContain("case.safetensors");
    }

    [Fact]
    public void A_case_that_throws_fails_with_the_message()
    {
        WriteTensors(zeros(1));

        Run(_ => throw new InvalidOperationException("two\nlines")).Detail.ShouldBe("InvalidOperationException: two lines");
    }

    [Fact]
    public void A_cancelled_case_is_no_verdict()
    {
        WriteTensors(zeros(1));

        Should.Throw<OperationCanceledException>(() => Run(_ => throw new OperationCanceledException()));
    }

    [Fact]
    public void A_kind_that_is_not_known_is_unsupported()
    {
        WriteTensors(zeros(1));

        CaseRunner.Run(_folder["case.json"], new Dictionary<string, ICaseKind>(), default).Status.ShouldBe(CaseStatus.Unsupported);
    }

    [Fact]
    public void Something_of_a_kind_that_is_not_there_is_unsupported()
    {
        WriteTensors(zeros(1));

        Run(_ => throw new UnsupportedCaseException("no Euler here")).ShouldBe(new CaseResult("test.kind", "case", CaseStatus.Unsupported, null, "no Euler here"));
    }

    private CaseResult RunTensors(Action<CaseAnswer> compute)
    {
        WriteTensors(tensor(new[] { 1f, -2f, 3f }));
        return Run(compute);
    }

    private void WriteTensors(Tensor recorded)
    {
        using (recorded)
        {
            SafetensorsWriter.Write(_folder["case.safetensors"], new Dictionary<string, Tensor> { ["out.x"] = recorded });
        }

        Write("""{"format": "ditfastattn-fixture/1", "kind": "test.kind", "tensors": {}, "tolerance": {"out.x": {"relative_l2": 1e-3}}}""");
    }

    private void Write(string text) => _folder.Write("case.json", text);

    private CaseResult Run(Action<CaseAnswer> compute)
        => CaseRunner.Run(_folder["case.json"], new Dictionary<string, ICaseKind> { ["test.kind"] = new Kind(compute) }, default);

    private sealed class Kind(Action<CaseAnswer> compute) : ICaseKind
    {
        public string Name => "test.kind";

        public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation) => compute(answer);
    }
}
