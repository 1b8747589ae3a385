using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli;

/// <summary>Writes the result of a verb as JSON: snake_case fields, whole or not at all.</summary>
internal static class JsonResult
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // Equal pictures have an infinite PSNR: a result must not be lost over it.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The JSON text.</summary>
    public static string Text<T>(T result) => JsonSerializer.Serialize(result, Options) + "\n";

    /// <summary>Writes the JSON text to a file.</summary>
    public static void Write<T>(string path, T result) => AtomicFile.WriteText(path, Text(result));
}
