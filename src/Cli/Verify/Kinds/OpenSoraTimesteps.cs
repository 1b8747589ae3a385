using System.Text.Json;
using System.Text.Json.Nodes;
using DiTFastAttn.Models.Schedulers;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>opensora.iddpm.timesteps</c>: which timesteps a respaced run keeps; nothing where it is refused.</summary>
internal sealed class OpenSoraTimesteps : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "opensora.iddpm.timesteps";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
        => answer.OutList = new JsonArray([.. file.Root.Items("in").Select(item => Keep(item.Int("num_timesteps"), Sections(item.Member("section_counts"))))]);

    private static string Sections(JsonElement counts)
        => counts.ValueKind == JsonValueKind.Array ? string.Join(',', counts.EnumerateArray().Select(count => count.GetRawText())) : counts.GetString()!;

    private static JsonArray? Keep(int train, string sections)
    {
        try
        {
            return new JsonArray([.. Respacing.Parse(sections, train, "iddpm").Select(step => JsonValue.Create(step))]);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
