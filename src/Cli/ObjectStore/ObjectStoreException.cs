namespace DiTFastAttn.Cli.ObjectStore;

/// <summary>An object store does not do what it is asked; the message is one line that says why and what would help.</summary>
internal sealed class ObjectStoreException : Exception
{
    public ObjectStoreException()
    {
    }

    public ObjectStoreException(string message)
        : base(message)
    {
    }

    public ObjectStoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
