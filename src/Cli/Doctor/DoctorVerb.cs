namespace DiTFastAttn.Cli;

/// <summary><c>doctor</c>: what this machine has, what is missing and how to get it.</summary>
internal sealed class DoctorVerb : Verb
{
    public DoctorVerb()
        : base("doctor", "Shows what this machine has: SDK, torch, devices, instruction sets, BLAS; what is missing and how to get it.")
    {
        Options.Add(CommonOptions.Json);
    }

    public override int Run(VerbCall call)
    {
        var report = Examination.Examine();
        foreach (var line in report.ToLines())
        {
            call.Terminal.Line(line);
        }

        call.WriteJson(report);
        return report.Ok ? ExitStatus.Done : throw new MachineLacksException($"missing: {report.Missing[0]}");
    }
}
