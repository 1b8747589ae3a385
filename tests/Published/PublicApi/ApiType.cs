using System.Reflection;
using System.Runtime.CompilerServices;

namespace DiTFastAttn.Published.Tests.PublicApi;

/// <summary>Types as C# writes them, without namespaces.</summary>
internal static class ApiType
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(char)] = "char",
        [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(int)] = "int",
        [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(decimal)] = "decimal", [typeof(nint)] = "nint", [typeof(nuint)] = "nuint",
    };

    /// <summary>What stands before a type's members.</summary>
    public static string Header(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            var invoke = type.GetMethod("Invoke")!;
            return $"public delegate {ApiMember.Return(invoke)} {Name(type)}({ApiMember.Parameters(invoke)}){Constraints(type.GetGenericArguments())}";
        }

        var kind = type switch
        {
            { IsInterface: true } => "interface",
            { IsEnum: true } => "enum",
            { IsValueType: true } => (Has(type, "IsReadOnlyAttribute") ? "readonly " : "") + (type.IsByRefLike ? "ref " : "") + (IsRecord(type) ? "record struct" : "struct"),
            { IsAbstract: true, IsSealed: true } => "static class",
            _ => (type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "") + (IsRecord(type) ? "record" : "class"),
        };
        return $"{(type.IsNestedFamily || type.IsNestedFamORAssem ? "protected" : "public")} {kind} {Name(type)}{Bases(type)}{Constraints(type.GetGenericArguments())}";
    }

    /// <summary>A type with what is noted beside it.</summary>
    public static string Name(Type type, Annotations? annotations = null)
    {
        annotations ??= Annotations.None;
        if (type.HasElementType && !type.IsArray)
        {
            return Name(type.GetElementType()!, annotations) + (type.IsPointer ? "*" : "");
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying, annotations) + "?";
        }

        // Of value types only those with arguments are noted, and without meaning for themselves.
        var mark = (!type.IsValueType || type.IsGenericType) && annotations.NextMayBeNull() ? "?" : "";
        if (type.IsArray)
        {
            return $"{Name(type.GetElementType()!, annotations)}[{new string(',', type.GetArrayRank() - 1)}]{mark}";
        }

        var arguments = type.GetGenericArguments();
        if (typeof(ITuple).IsAssignableFrom(type) && type.IsValueType && type.IsGenericType)
        {
            string?[] names = [.. arguments.Select(_ => annotations.NextTupleName())];
            return $"({string.Join(", ", arguments.Select((argument, i) => Name(argument, annotations) + (names[i] is { } name ? " " + name : "")))})";
        }

        var outer = type is { IsNested: true, IsGenericParameter: false } ? type.DeclaringType : null;
        var ofOuter = outer is null ? 0 : outer.GetGenericArguments().Length;
        var around = outer is null ? "" : Name(outer.IsGenericTypeDefinition ? outer.MakeGenericType(arguments[..ofOuter]) : outer) + ".";
        var own = arguments.Skip(ofOuter).Select(argument => Variance(argument) + Name(argument, annotations)).ToList();
        return around + Keywords.GetValueOrDefault(type, type.Name.Split('`')[0]) + (own.Count > 0 ? $"<{string.Join(", ", own)}>" : "") + mark;
    }

    /// <summary><c> where T : …</c> for those parameters that are constrained.</summary>
    public static string Constraints(IEnumerable<Type> parameters)
        => string.Concat(parameters.Where(parameter => parameter.IsGenericParameter)
            .Select(parameter => (parameter.Name, List: string.Join(", ", Constraints(parameter))))
            .Where(parameter => parameter.List.Length > 0)
            .Select(parameter => $" where {parameter.Name} : {parameter.List}"));

    private static IEnumerable<string> Constraints(Type parameter)
    {
        var special = parameter.GenericParameterAttributes;
        var types = parameter.GetGenericParameterConstraints();
        var isUnmanaged = Has(parameter, "IsUnmanagedAttribute");
        if (special.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
        {
            yield return isUnmanaged ? "unmanaged" : "struct";
        }
        else if (special.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
        {
            yield return Annotations.NullabilityOf(parameter) == 2 ? "class?" : "class";
        }
        else if (types.Length == 0 && Annotations.NullabilityOf(parameter) == 1)
        {
            yield return "notnull";
        }

        foreach (var type in types.Where(type => type != typeof(ValueType)))
        {
            yield return Name(type);
        }

        if (special.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !special.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
        {
            yield return "new()";
        }

        if (special.HasFlag(GenericParameterAttributes.AllowByRefLike))
        {
            yield return "allows ref struct";
        }
    }

    private static string Variance(Type parameter)
        => !parameter.IsGenericParameter ? ""
            : parameter.GenericParameterAttributes.HasFlag(GenericParameterAttributes.Covariant) ? "out "
            : parameter.GenericParameterAttributes.HasFlag(GenericParameterAttributes.Contravariant) ? "in " : "";

    private static string Bases(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetUnderlyingType(type) is var underlying && underlying != typeof(int) ? " : " + Name(underlying) : "";
        }

        var all = type.GetInterfaces();
        var inherited = all.SelectMany(one => one.GetInterfaces()).Concat(type.BaseType?.GetInterfaces() ?? []).ToHashSet();
        string[] bases =
        [
            .. type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) ? [Name(parent)] : Array.Empty<string>(),
            .. all.Where(one => (one.IsPublic || one.IsNestedPublic) && !inherited.Contains(one) && !(IsRecord(type) && one == typeof(IEquatable<>).MakeGenericType(type)))
                .Select(one => Name(one)).Order(StringComparer.Ordinal),
        ];
        return bases.Length > 0 ? " : " + string.Join(", ", bases) : "";
    }

    private static bool IsRecord(Type type)
        => type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly)?.IsDefined(typeof(CompilerGeneratedAttribute)) == true;

    private static bool Has(Type type, string attribute) => type.GetCustomAttributesData().Any(data => data.AttributeType.Name == attribute);
}
