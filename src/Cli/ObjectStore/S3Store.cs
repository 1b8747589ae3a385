using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace DiTFastAttn.Cli.ObjectStore;

/// <summary>
/// The objects behind an address of a store that speaks S3, by the AWS SDK: credentials as it finds them, the endpoint by <c>AWS_ENDPOINT_URL_S3</c> or
/// <c>AWS_ENDPOINT_URL</c> (with the bucket in the path, as compatible servers have it), the region by <c>AWS_REGION</c>.
/// </summary>
internal sealed class S3Store : IDisposable
{
    private const string ProbeName = ".probe-";

    // A run of hours outlives an outage of a minute; what is wrong from the start is said at once.
    private const int RetriesAtFirst = 1;
    private const int Retries = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ObjectAddress _address;
    private readonly string? _endpoint;
    private AmazonS3Client _client;

    private S3Store(ObjectAddress address)
    {
        _address = address;
        _endpoint = Variable("AWS_ENDPOINT_URL_S3") ?? Variable("AWS_ENDPOINT_URL");
        if (_endpoint is not null && !(Uri.TryCreate(_endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            throw new UserErrorException($"AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL {_endpoint}: give the store's address, for example https://minio.example:9000.");
        }

        _client = Connect(RetriesAtFirst);
    }

    /// <summary>Connects, and makes sure that objects can be listed and written, and that the store honours conditions, by which workers lock.</summary>
    /// <param name="address">The place.</param>
    /// <exception cref="ObjectStoreException">Something of it is not so.</exception>
    public static S3Store Open(ObjectAddress address)
    {
        var store = new S3Store(address);
        try
        {
            var probe = ProbeName + Guid.NewGuid().ToString("N");
            store.List(probe);
            store.TryPut(probe, [], tag: null);
            var isLocked = store.TryPut(probe, [0], tag: null) is null;
            store.Delete(probe);
            if (!isLocked)
            {
                throw new ObjectStoreException(
                    $"'{address}': the store at {store.Endpoint} takes no heed of 'If-None-Match: *', by which workers lock; give a store that does, or a folder that all workers see.");
            }

            store._client.Dispose();
            store._client = store.Connect(Retries);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private string Endpoint => _endpoint ?? "AWS";

    /// <summary>The objects whose names begin with a prefix, in their order.</summary>
    public IReadOnlyList<StoredObject> List(string prefix)
    {
        var found = new List<StoredObject>();
        var request = new ListObjectsV2Request { BucketName = _address.Bucket, Prefix = _address.Prefix + prefix };
        ListObjectsV2Response page;
        do
        {
            page = Do("list objects", () => _client.ListObjectsV2Async(request));
            found.AddRange((page.S3Objects ?? []).Select(item => new StoredObject(item.Key[_address.Prefix.Length..], item.ETag, item.Size ?? 0)));
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);

        return [.. found.OrderBy(item => item.Name, StringComparer.Ordinal)];
    }

    /// <summary>Reads an object, or its beginning.</summary>
    /// <param name="name">The object.</param>
    /// <param name="most">Bytes to read; all where nothing is said.</param>
    /// <returns>The bytes and their tag, or <see langword="null"/> where there is no such object.</returns>
    public (byte[] Bytes, string Tag)? Get(string name, int? most = null)
    {
        try
        {
            return Do<(byte[], string)?>($"read '{name}'", async () =>
            {
                using var response = await _client.GetObjectAsync(new GetObjectRequest
                {
                    BucketName = _address.Bucket, Key = _address.Prefix + name, ByteRange = most is { } count ? new ByteRange(0, count - 1) : null,
                }).ConfigureAwait(false);
                using var bytes = new MemoryStream();
                await response.ResponseStream.CopyToAsync(bytes).ConfigureAwait(false);
                return (bytes.ToArray(), response.ETag);
            });
        }
        catch (ObjectStoreException error) when (error.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" })
        {
            return null;
        }
    }

    /// <summary>Writes an object from a file, whatever was there.</summary>
    /// <returns>Its tag.</returns>
    public string Put(string name, string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Put(name, stream, _ => { });
    }

    /// <summary>Writes an object where what is there is what is expected.</summary>
    /// <param name="name">The object.</param>
    /// <param name="bytes">Its content.</param>
    /// <param name="tag">The tag of what is there; <see langword="null"/> for nothing.</param>
    /// <returns>Its tag, or <see langword="null"/> where something else is there.</returns>
    public string? TryPut(string name, byte[] bytes, string? tag)
    {
        try
        {
            using var stream = new MemoryStream(bytes);
            return Put(name, stream, request =>
            {
                request.IfMatch = tag;
                request.IfNoneMatch = tag is null ? "*" : null;
            });
        }
        catch (ObjectStoreException error)
            when (error.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict or HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" })
        {
            // An answer that was lost on the way makes the SDK ask again, and find its own object.
            return Get(name) is { } there && there.Bytes.AsSpan().SequenceEqual(bytes) ? there.Tag : null;
        }
    }

    /// <summary>Removes an object, where it is there.</summary>
    public void Delete(string name)
        => Do($"remove '{name}'", () => _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = _address.Bucket, Key = _address.Prefix + name }));

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private string Put(string name, Stream stream, Action<PutObjectRequest> condition)
    {
        var request = new PutObjectRequest
        {
            BucketName = _address.Bucket, Key = _address.Prefix + name, InputStream = stream, AutoCloseStream = false, AutoResetStreamPosition = true, UseChunkEncoding = false,
        };
        condition(request);
        return Do($"write '{name}'", () => _client.PutObjectAsync(request)).ETag;
    }

    private AmazonS3Client Connect(int retries)
    {
        var region = Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? "us-east-1";
        var config = new AmazonS3Config
        {
            RetryMode = RequestRetryMode.Standard, MaxErrorRetry = retries, Timeout = Patience,

            // Sums behind a body are what servers other than AWS's understand least.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (_endpoint is null)
        {
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(region);
        }
        else
        {
            (config.ServiceURL, config.ForcePathStyle, config.AuthenticationRegion) = (_endpoint, true, region);
        }

        return Do("connect", () => Task.FromResult(new AmazonS3Client(config)));
    }

    private T Do<T>(string what, Func<Task<T>> call)
    {
        try
        {
            return call().GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is AmazonClientException or AmazonServiceException or HttpRequestException or WebException or TaskCanceledException or IOException)
        {
            throw new ObjectStoreException($"'{_address}': cannot {what}: {Reason(error)}", error);
        }
    }

    private string Reason(Exception error) => error switch
    {
        AmazonS3Exception { ErrorCode: "NoSuchBucket" } => $"there is no bucket '{_address.Bucket}' at {Endpoint}; make it first, or give another.",
        AmazonS3Exception { StatusCode: HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect } => $"the bucket is in another region than AWS_REGION says; set it.",
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized, ErrorCode: var code } =>
            $"the store at {Endpoint} refuses ({code}); AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, say who asks, and that has to be allowed to list, read, write and remove.",
        AmazonS3Exception { ErrorCode: { Length: > 0 } code } service when HasAnswered(service) => $"the store at {Endpoint} answers {(int)service.StatusCode} {code}: {Line(service.Message)}",
        AmazonServiceException service when HasAnswered(service) => $"{Endpoint} answers {(int)service.StatusCode}, and not as S3 does; AWS_ENDPOINT_URL_S3 says where the store is.",
        _ when Lacks(error) => "there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE with a profile of ~/.aws/credentials.",
        _ when Innermost(error) is System.Net.Sockets.SocketException or HttpRequestException or TaskCanceledException or TimeoutException =>
            $"{Endpoint} does not answer ({Line(Innermost(error).Message)}); AWS_ENDPOINT_URL_S3 says where the store is.",
        _ => Line(Innermost(error).Message),
    };

    private static bool HasAnswered(AmazonServiceException error) => (int)error.StatusCode > 0;

    private static bool Lacks(Exception error)
        => error.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase) && !(error is AmazonServiceException service && HasAnswered(service));

    private static Exception Innermost(Exception error) => error.InnerException is { } inner ? Innermost(inner) : error;

    private static string Line(string text) => string.Join(' ', text.Split('\n', '\r').Select(line => line.Trim()).Where(line => line.Length > 0));

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
