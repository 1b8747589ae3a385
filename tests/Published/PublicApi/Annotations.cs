using System.Reflection;
using System.Runtime.CompilerServices;

namespace DiTFastAttn.Published.Tests.PublicApi;

/// <summary>What the compiler notes beside a type: which parts of it may be null, and how the elements of its tuples are called. Read in the order of the type's parts, outermost first.</summary>
internal sealed class Annotations
{
    private const byte MayBeNull = 2;

    private readonly Queue<byte> _nullability;
    private readonly Queue<string?> _tupleNames;
    private readonly byte _everywhere;

    private Annotations(IEnumerable<byte> nullability, byte everywhere, IEnumerable<string?> tupleNames)
    {
        _nullability = new(nullability);
        _everywhere = everywhere;
        _tupleNames = new(tupleNames);
    }

    /// <summary>For a type of which nothing is noted.</summary>
    public static Annotations None => new([], 0, []);

    /// <summary>For the type of a member.</summary>
    public static Annotations Of(MemberInfo member) => Of(member.GetCustomAttributesData(), member.DeclaringType);

    /// <summary>For the type of a parameter, or of what a method returns.</summary>
    public static Annotations Of(ParameterInfo parameter) => Of(parameter.GetCustomAttributesData(), parameter.Member);

    /// <summary>What is noted at a generic parameter itself: 0 nothing, 1 not null, 2 may be null.</summary>
    public static byte NullabilityOf(Type genericParameter)
        => Of(genericParameter.GetCustomAttributesData(), (MemberInfo?)genericParameter.DeclaringMethod ?? genericParameter.DeclaringType).Next();

    /// <summary>Whether the next part may be null.</summary>
    public bool NextMayBeNull() => Next() == MayBeNull;

    /// <summary>The name of the next tuple element, if it has one.</summary>
    public string? NextTupleName() => _tupleNames.Count > 0 ? _tupleNames.Dequeue() : null;

    private byte Next() => _nullability.Count > 0 ? _nullability.Dequeue() : _everywhere;

    private static Annotations Of(IList<CustomAttributeData> attributes, MemberInfo? around)
    {
        var names = Argument(attributes, nameof(TupleElementNamesAttribute)) is IEnumerable<CustomAttributeTypedArgument> list ? list.Select(name => (string?)name.Value) : [];
        return Argument(attributes, "NullableAttribute") switch
        {
            IEnumerable<CustomAttributeTypedArgument> parts => new(parts.Select(part => (byte)part.Value!), 0, names),
            byte all => new([], all, names),
            _ => new([], Context(around), names),
        };
    }

    // What holds where nothing is said is noted once for all members of something.
    private static byte Context(MemberInfo? around)
        => around is null ? (byte)0 : Argument(around.GetCustomAttributesData(), "NullableContextAttribute") as byte? ?? Context(around.DeclaringType);

    private static object? Argument(IEnumerable<CustomAttributeData> attributes, string name)
        => attributes.FirstOrDefault(attribute => attribute.AttributeType.Name == name)?.ConstructorArguments[0].Value;
}
