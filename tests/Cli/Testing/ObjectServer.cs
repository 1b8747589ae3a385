using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

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
    private readonly CancellationTokenSource _closing = new();
    private readonly HttpListener _server;
    private readonly Dictionary<string, string?> _before = new(StringComparer.Ordinal);

    public ObjectServer()
    {
        (_server, Endpoint) = Listen();
        _ = Serve();
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

        _closing.Cancel();
        _server.Close();
        _closing.Dispose();
        Silent.Dispose();
    }

    // As of an object that was written in parts, which is no sum of its bytes: the same bytes written again have another.
    private static string TagOf() => $"\"{Guid.NewGuid():N}-1\"";

    private static (HttpListener Server, string Endpoint) Listen()
    {
        while (true)
        {
            int port;
            using (var free = new TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                port = ((IPEndPoint)free.LocalEndpoint).Port;
            }

            var endpoint = FormattableString.Invariant($"http://127.0.0.1:{port}");
            var server = new HttpListener { Prefixes = { endpoint + "/" } };
            try
            {
                server.Start();
                return (server, endpoint);
            }
            catch (HttpListenerException)
            {
                // Somebody was faster; there are more ports.
                server.Close();
            }
        }
    }

    private async Task Serve()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                var call = await _server.GetContextAsync();
                _ = Task.Run(() => Handle(call));
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return; // closed
            }
        }
    }

    private async Task Handle(HttpListenerContext call)
    {
        try
        {
            await Answer(call);
            call.Response.Close();
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException or OperationCanceledException)
        {
            call.Response.Abort(); // the other end has gone, or the server is being closed
        }
    }

    private async Task Answer(HttpListenerContext call)
    {
        var (bucket, key) = Uri.UnescapeDataString(call.Request.Url!.AbsolutePath).TrimStart('/').Split('/', 2) is [var first, var rest]
            ? (first, rest) : (call.Request.Url.AbsolutePath.Trim('/'), "");
        if (call.Request.Headers["Authorization"]?.Contains($"Credential={User}/", StringComparison.Ordinal) != true)
        {
            await Refuse(call, 403, "InvalidAccessKeyId");
            return;
        }

        if (bucket != Bucket)
        {
            await Refuse(call, 404, "NoSuchBucket");
            return;
        }

        switch (call.Request.HttpMethod)
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

    private async Task List(HttpListenerContext call)
    {
        var (prefix, after) = (call.Request.QueryString["prefix"] ?? "", call.Request.QueryString["continuation-token"] ?? "");
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
        await Write(call, answer);
    }

    private async Task Get(HttpListenerContext call, string key)
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
        if (call.Request.Headers["Range"] is ['b', 'y', 't', 'e', 's', '=', .. var range])
        {
            var last = int.Parse(range.Split('-')[1], CultureInfo.InvariantCulture);
            bytes = bytes[..Math.Min(bytes.Length, last + 1)];
            call.Response.StatusCode = 206;
        }

        call.Response.Headers["ETag"] = found.Tag;
        call.Response.ContentLength64 = bytes.Length;
        await call.Response.OutputStream.WriteAsync(bytes);
    }

    private async Task Put(HttpListenerContext call, string key)
    {
        using var body = new MemoryStream();
        await call.Request.InputStream.CopyToAsync(body);
        var bytes = body.ToArray();
        if (call.Request.Headers["x-amz-content-sha256"] != Convert.ToHexStringLower(SHA256.HashData(bytes)))
        {
            await Refuse(call, 400, "XAmzContentSHA256Mismatch");
            return;
        }

        if (Silence is { } ending && key.EndsWith(ending, StringComparison.Ordinal))
        {
            Silent.Set();
            await Task.Delay(Timeout.Infinite, _closing.Token);
        }

        string? tag = null;
        lock (_gate)
        {
            var there = _objects.TryGetValue(key, out var found) ? found.Tag : null;
            var (match, none) = (call.Request.Headers["If-Match"], call.Request.Headers["If-None-Match"]);
            if (!HeedsConditions || ((none != "*" || there is null) && (match is null || match == there)))
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

        call.Response.Headers["ETag"] = tag;
    }

    private static async Task Refuse(HttpListenerContext call, int status, string code)
    {
        call.Response.StatusCode = status;
        await Write(call, new XElement("Error", new XElement("Code", code), new XElement("Message", "the server says so")));
    }

    private static async Task Write(HttpListenerContext call, XElement answer)
    {
        var bytes = Encoding.UTF8.GetBytes(answer.ToString());
        (call.Response.ContentType, call.Response.ContentLength64) = ("application/xml", bytes.Length);
        await call.Response.OutputStream.WriteAsync(bytes);
    }
}
