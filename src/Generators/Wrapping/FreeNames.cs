using System;
using System.Collections.Generic;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Wrapping;

/// <summary>Names for generated members that no member of the class has.</summary>
internal sealed class FreeNames
{
    private readonly INamedTypeSymbol _type;
    private readonly MemberLookup _members;
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    public FreeNames(INamedTypeSymbol type, MemberLookup members)
    {
        _type = type;
        _members = members;
    }

    public string Like(string wish)
    {
        var name = wish;
        while (name == _type.Name || _members.Exists(name) || !_given.Add(name))
        {
            name += "_";
        }

        return name;
    }
}
