namespace DiTFastAttn.Generators.Sites;

/// <summary>How a class takes part in the site list of its instances.</summary>
internal enum HostRole
{
    /// <summary>Not at all: an error in the user's code leaves only bodies to be filled.</summary>
    None,

    /// <summary>It is sealed, and no base class has sites.</summary>
    Alone,

    /// <summary>No base class has sites; a derived class may add its own.</summary>
    Root,

    /// <summary>A base class has sites: this one adds to them.</summary>
    Derived,
}
