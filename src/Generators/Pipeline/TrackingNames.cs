namespace DiTFastAttn.Generators.Pipeline;

/// <summary>Names of the pipeline's steps: tests ask by them why a step ran.</summary>
internal static class TrackingNames
{
    public const string Parse = "Sites.Parse";
    public const string Hosts = "Sites.Hosts";
    public const string Layout = "Sites.Layout";
    public const string Sources = "Sites.Sources";
    public const string Diagnostics = "Sites.Diagnostics";

    public const string ParseProcessors = "Processors.Parse";
    public const string Registrations = "Processors.Registrations";
    public const string ProcessorSources = "Processors.Sources";
    public const string ProcessorDiagnostics = "Processors.Diagnostics";
    public const string DuplicateIds = "Processors.DuplicateIds";
    public const string Calls = "Processors.Calls";
    public const string Unregistered = "Processors.Unregistered";

    public const string ParseAdapters = "Adapters.Parse";
    public const string Adapters = "Adapters.Models";
    public const string AdapterCaseTwins = "Adapters.CaseTwins";
    public const string AdapterSources = "Adapters.Sources";
    public const string AdapterDiagnostics = "Adapters.Diagnostics";
}
