using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli;

/// <summary>Writes the result of a verb as JSON, snake_case fields, whole or not at all; and reads it again.</summary>
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

    /// <summary>A field that is missing or null where it has to be is said, not met later.</summary>
    private static readonly JsonSerializerOptions Strict = new(Options) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>The JSON text.</summary>
    public static string Text<T>(T result) => JsonSerializer.Serialize(result, Options) + "\n";

    /// <summary>Reads what <see cref="Text"/> wrote.</summary>
    /// <exception cref="JsonException">It is not of this type.</exception>
    public static T? Parse<T>(string text) => JsonSerializer.Deserialize<T>(text, Options);

    /// <summary>Writes the JSON text to a file.</summary>
    public static void Write<T>(string path, T result) => AtomicFile.WriteText(path, Text(result));

    /// <summary>Reads a result.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">What its field <c>format</c> has to say; <see langword="null"/> where the result has none.</param>
    /// <exception cref="UserErrorException">It is damaged, or of another format.</exception>
    public static T Read<T>(string path, string? format)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            if (format is not null && (json.RootElement.TryGetProperty("format", out var found) ? found.ToString() : "none") is var name && name != format)
            {
                throw new UserErrorException($"'{path}': its format is '{name}', and '{format}' is read here: it is of another version of ditfast, or something else.");
            }

            return json.Deserialize<T>(Strict) ?? throw new JsonException("it says null");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new UserErrorException($"'{path}': is damaged ({error.Message.ReplaceLineEndings(" ")}); let it be written anew.", error);
        }
    }
}
