namespace DiTFastAttn.Generators.Wrapping;

/// <summary>What an <c>[OriginalMember]</c> stands for.</summary>
internal enum MemberKind
{
    /// <summary>A field, read through a property.</summary>
    Field,

    /// <summary>A method.</summary>
    Method,

    /// <summary>A submodule by its path, read through a property.</summary>
    Submodule,
}
