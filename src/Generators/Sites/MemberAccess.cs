namespace DiTFastAttn.Generators.Sites;

/// <summary>A member of the user's class that generated code refers to.</summary>
/// <param name="Name">Its name as code refers to it.</param>
/// <param name="StaticOwner">The declaring type where it is static.</param>
internal sealed record MemberAccess(string Name, string? StaticOwner)
{
    public string On(string instance) => (StaticOwner ?? instance) + "." + Name;
}
