using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace DiTFastAttn.LibTorch.Tests.Conformance;

/// <summary>Prints public and protected members in the form of <c>torchsharp-0.106.0-api.txt</c>, one a line.</summary>
internal static class ApiPrinter
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The types of TorchSharp's namespaces that a consumer sees, nested ones included.</summary>
    public static IEnumerable<Type> VisibleTypes(Assembly assembly) =>
        assembly.GetTypes().Where(t => IsVisible(t) && (t.Namespace == "TorchSharp" || t.Namespace?.StartsWith("TorchSharp.", StringComparison.Ordinal) == true));

    /// <summary><c>TYPE kind name : base | interfaces</c>.</summary>
    public static ApiType Type(Type type) => new(
        Kind(type), Name(type), type.BaseType is { } b ? Name(b) : "", [.. type.GetInterfaces().Where(IsVisible).Select(Name).Order(StringComparer.Ordinal)]);

    public static IEnumerable<string> Members(Type type)
    {
        var owner = Name(type);
        foreach (var constructor in type.GetConstructors(Declared))
            if (IsVisible(constructor) && !constructor.IsStatic)
                yield return $"{owner}..ctor({Parameters(constructor)}) : ctor{Modifiers(constructor)}";
        foreach (var method in type.GetMethods(Declared))
            if (IsVisible(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)))
                yield return $"{owner}.{method.Name}{GenericArguments(method)}({Parameters(method)}) : {Name(method.ReturnType)}{Modifiers(method)}";
        foreach (var property in type.GetProperties(Declared))
            if (Accessors(property) is { Count: > 0 } accessors)
                yield return Property(owner, property, accessors);
        foreach (var field in type.GetFields(Declared))
            if (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly)
                yield return $"{owner}.{field.Name} : {Name(field.FieldType)}{Constant(field)} field";
        foreach (var @event in type.GetEvents(Declared))
            yield return $"{owner}.{@event.Name} : {Name(@event.EventHandlerType!)} event";
    }

    /// <summary>A type as the list writes it: nested by points, its generic arguments at the end, without the namespaces that go without saying.</summary>
    public static string Name(Type type)
    {
        if (type.IsByRef) return $"ref {Name(type.GetElementType()!)}";
        if (type.IsPointer) return $"{Name(type.GetElementType()!)}*";
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[]";
        if (type.IsGenericParameter) return type.Name;
        if (Nullable.GetUnderlyingType(type) is { } underlying) return $"{Name(underlying)}?";
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        var name = definition.FullName!.Replace('+', '.');
        foreach (var prefix in new[] { "TorchSharp.torch.", "TorchSharp.", "System." })
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal)) continue;
            name = name[prefix.Length..];
            break;
        }
        var arguments = type.GetGenericArguments();
        return arguments.Length == 0 ? name : $"{name}<{string.Join(",", arguments.Select(Name))}>";
    }

    private static string Kind(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsEnum: true } => "enum",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static",
        { IsAbstract: true } => "abstract",
        { IsSealed: true } => "sealed",
        _ => "class",
    };

    private static bool IsVisible(Type type)
    {
        if (type.IsGenericType && !type.IsGenericTypeDefinition) return IsVisible(type.GetGenericTypeDefinition());
        if (type.Name.Contains('<', StringComparison.Ordinal)) return false;
        if (!type.IsNested) return type.IsPublic;
        return (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!);
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Modifiers(MethodBase method) =>
        (method.IsPublic ? "" : " protected")
        + (method.IsStatic ? " static" : "")
        + (method.IsAbstract ? " abstract" : method is { IsVirtual: true, IsFinal: false } ? " virtual" : "");

    private static string GenericArguments(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(",", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter) =>
        (parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params " : "")
        + (parameter.IsOut ? "out " : parameter.IsIn ? "in " : "")
        + $"{Name(parameter.ParameterType)} {parameter.Name}"
        + (parameter.HasDefaultValue ? $" = {Literal(parameter.RawDefaultValue)}" : "");

    private static List<string> Accessors(PropertyInfo property)
    {
        List<string> accessors = [];
        if (property.GetMethod is { } get && IsVisible(get)) accessors.Add("get;");
        if (property.SetMethod is { } set && IsVisible(set)) accessors.Add("set;");
        return accessors;
    }

    private static string Property(string owner, PropertyInfo property, List<string> accessors)
    {
        var index = property.GetIndexParameters();
        var name = index.Length == 0 ? property.Name : $"{property.Name}[{string.Join(", ", index.Select(Parameter))}]";
        var isStatic = (property.GetMethod ?? property.SetMethod)!.IsStatic;
        return $"{owner}.{name} {{ {string.Join(' ', accessors)} }} : {Name(property.PropertyType)}{(isStatic ? " static" : "")}";
    }

    private static string Constant(FieldInfo field) => field.IsLiteral ? $" = {Literal(field.GetRawConstantValue())}" : "";

    private static string Literal(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "null";
}
