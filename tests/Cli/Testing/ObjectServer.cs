using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DiTFastAttn.Cli.Tests.Testing;

/// <summary>
/// A small server that speaks as much of S3 as is needed: objects of one bucket in memory, with conditions on writes, ranges, and lists in pages. While it is there
/// the process's variables name it, for the SDK in this process and in those it starts.
/// </summary>
internal sealed class ObjectServer : IDisposable
{
    public const string Bucket = "results";
    public const string User = "somebody";
    public const string LeaseSeconds = "DITFAST_LEASE_SECONDS";

    private const int PageSize = 3; // so that lists come in pages
    private const string Space = "http://s3.amazonaws.com/doc/2006-03-01/";

    private static readonly (string Name, string Value)[] Variables =
    [
        ("AWS_ACCESS_KEY_ID", User), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_EC2_METADATA_DISABLED", "true"), (LeaseSeconds, "2"),
    ];

    private readonly SortedDictionary<string, (byte[] Bytes, string Tag)> _objects = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly WebApplication _server;
    private readonly Dictionary<string, string?> _before = new(StringComparer.Ordinal);

    public ObjectServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(options => options.Limits.MaxRequestBodySize = null);
        _server = builder.Build();
        _server.Run(Answer);
        _server.StartAsync().GetAwaiter().GetResult();
        Endpoint = _server.Urls.First();
        foreach (var (name, value) in Variables.Append(("AWS_ENDPOINT_URL_S3", Endpoint)))
        {
            _before[name] = Environment.GetEnvironmentVariable(name);
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    /// <summary>Where it is.</summary>
    public string Endpoint { get; }

    /// <summary>Whether it heeds conditions on writes.</summary>
    public bool HeedsConditions { get; set; } = true;

    /// <summary>Writes of keys that end so are not answered any more; the other end is killed meanwhile.</summary>
    public string? Silence { get; set; }

    /// <summary>Set when such a write has come.</summary>
    public ManualResetEventSlim Silent { get; } = new();

    /// <summary>Keys that are there.</summary>
    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (_gate)
            {
                return [.. _objects.Keys];
            }
        }
    }

    /// <summary>An object, as text or as bytes; put there without a condition.</summary>
    public byte[] this[string key]
    {
        get
        {
            lock (_gate)
            {
                return _objects[key].Bytes;
            }
        }

        set
        {
            lock (_gate)
            {
                _objects[key] = (value, TagOf());
            }
        }
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        _server.StopAsync(new CancellationToken(canceled: true)).GetAwaiter().GetResult();
        ((IDisposable)_server).Dispose();
        Silent.Dispose();
    }

    // As of an object that was written in parts, which is no sum of its bytes: the same bytes written again have another.
    private static string TagOf() => $"\"{Guid.NewGuid():N}-1\"";

    private async Task Answer(HttpContext call)
    {
        var (bucket, key) = call.Request.Path.Value!.TrimStart('/').Split('/', 2) is [var first, var rest] ? (first, rest) : (call.Request.Path.Value.Trim('/'), "");
        if (!call.Request.Headers.Authorization.ToString().Contains($"Credential={User}/", StringComparison.Ordinal))
        {
            await Refuse(call, 403, "InvalidAccessKeyId");
            return;
        }

        if (bucket != Bucket)
        {
            await Refuse(call, 404, "NoSuchBucket");
            return;
        }

        switch (call.Request.Method)
        {
            case "GET" when key.Length == 0:
                await List(call);
                break;
            case "GET":
                await Get(call, key);
                break;
            case "PUT":
                await Put(call, key);
                break;
            case "DELETE":
                lock (_gate)
                {
                    _objects.Remove(key);
                }

                call.Response.StatusCode = 204;
                break;
            default:
                await Refuse(call, 405, "MethodNotAllowed");
                break;
        }
    }

    private async Task List(HttpContext call)
    {
        var (prefix, after) = (call.Request.Query["prefix"].ToString(), call.Request.Query["continuation-token"].ToString());
        List<(string Key, byte[] Bytes, string Tag)> found;
        lock (_gate)
        {
            found = [.. _objects.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(item.Key, after) > 0)
                .Take(PageSize + 1).Select(item => (item.Key, item.Value.Bytes, item.Value.Tag))];
        }

        XNamespace space = Space;
        var isTruncated = found.Count > PageSize;
        var page = found.Take(PageSize).ToList();
        var answer = new XElement(
            space + "ListBucketResult", new XElement(space + "Name", Bucket), new XElement(space + "Prefix", prefix), new XElement(space + "KeyCount", page.Count),
            new XElement(space + "IsTruncated", isTruncated), isTruncated ? new XElement(space + "NextContinuationToken", page[^1].Key) : null,
            page.Select(item => new XElement(
                space + "Contents", new XElement(space + "Key", item.Key), new XElement(space + "LastModified", "2026-01-01T00:00:00.000Z"),
                new XElement(space + "ETag", item.Tag), new XElement(space + "Size", item.Bytes.Length))));
        call.Response.ContentType = "application/xml";
        await call.Response.WriteAsync(answer.ToString());
    }

    private async Task Get(HttpContext call, string key)
    {
        (byte[] Bytes, string Tag) found;
        bool isThere;
        lock (_gate)
        {
            isThere = _objects.TryGetValue(key, out found);
        }

        if (!isThere)
        {
            await Refuse(call, 404, "NoSuchKey");
            return;
        }

        var bytes = found.Bytes;
        if (call.Request.Headers.Range.ToString() is ['b', 'y', 't', 'e', 's', '=', .. var range])
        {
            var last = int.Parse(range.Split('-')[1], CultureInfo.InvariantCulture);
            bytes = bytes[..Math.Min(bytes.Length, last + 1)];
            call.Response.StatusCode = 206;
        }

        call.Response.Headers.ETag = found.Tag;
        call.Response.ContentLength = bytes.Length;
        await call.Response.Body.WriteAsync(bytes);
    }

    private async Task Put(HttpContext call, string key)
    {
        using var body = new MemoryStream();
        await call.Request.Body.CopyToAsync(body);
        var bytes = body.ToArray();
        if (call.Request.Headers["x-amz-content-sha256"].ToString() != Convert.ToHexStringLower(SHA256.HashData(bytes)))
        {
            await Refuse(call, 400, "XAmzContentSHA256Mismatch");
            return;
        }

        if (Silence is { } ending && key.EndsWith(ending, StringComparison.Ordinal))
        {
            Silent.Set();
            await Task.Delay(Timeout.Infinite, call.RequestAborted);
        }

        string? tag = null;
        lock (_gate)
        {
            var there = _objects.TryGetValue(key, out var found) ? found.Tag : null;
            var (match, none) = (call.Request.Headers.IfMatch.ToString(), call.Request.Headers.IfNoneMatch.ToString());
            if (!HeedsConditions || ((none != "*" || there is null) && (match.Length == 0 || match == there)))
            {
                tag = TagOf();
                _objects[key] = (bytes, tag);
            }
        }

        if (tag is null)
        {
            await Refuse(call, 412, "PreconditionFailed");
            return;
        }

        call.Response.Headers.ETag = tag;
    }

    private static async Task Refuse(HttpContext call, int status, string code)
    {
        call.Response.StatusCode = status;
        call.Response.ContentType = "application/xml";
        await call.Response.WriteAsync(new XElement("Error", new XElement("Code", code), new XElement("Message", "the server says so")).ToString());
    }
}
