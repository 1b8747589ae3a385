using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace DiTFastAttn.Published.Tests.PublicApi;

/// <summary>Members as C# declares them, on one line.</summary>
internal static class ApiMember
{
    public static string Field(FieldInfo field)
    {
        var isDecimal = field.GetCustomAttribute<DecimalConstantAttribute>() is not null;
        var kind = field.IsLiteral || isDecimal ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        var value = field.IsLiteral ? " = " + Literal(field.GetRawConstantValue(), field.FieldType) : "";
        return $"{Attributes(field)}{(field.IsPublic ? "public" : "protected")} {Required(field)}{kind}{ApiType.Name(field.FieldType, Annotations.Of(field))} {field.Name}{value}";
    }

    public static string Constructor(ConstructorInfo constructor)
        => $"{Attributes(constructor)}{Access(constructor)} {constructor.DeclaringType!.Name.Split('`')[0]}({Parameters(constructor)})";

    public static string Property(PropertyInfo property)
    {
        var accessors = property.GetAccessors(nonPublic: true).Where(accessor => Rank(accessor) > 0).ToList();
        var widest = accessors.MaxBy(Rank)!;
        var parts = accessors.Select(accessor => (Rank(accessor) < Rank(widest) ? Access(accessor) + " " : "") + (accessor == property.GetMethod ? "get;" : IsInit(accessor) ? "init;" : "set;"));
        var type = ApiType.Name(property.PropertyType, Annotations.Of(property));
        var index = property.GetIndexParameters();
        var name = index.Length > 0 ? $"this[{string.Join(", ", index.Select(Parameter))}]" : property.Name;
        var reference = property.PropertyType.IsByRef ? (property.GetRequiredCustomModifiers().Length > 0 ? "ref readonly " : "ref ") : "";
        return $"{Attributes(property)}{Access(widest)} {Modifiers(widest)}{Required(property)}{reference}{type} {name} {{ {string.Join(' ', parts)} }}";
    }

    public static string Event(EventInfo e) => $"{Attributes(e)}{Access(e.AddMethod!)} {Modifiers(e.AddMethod!)}event {ApiType.Name(e.EventHandlerType!, Annotations.Of(e))} {e.Name}";

    public static string Method(MethodInfo method)
    {
        var arguments = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";
        return $"{Attributes(method)}{ReturnAttributes(method)}{Access(method)} {Modifiers(method)}{Return(method)} {method.Name}{arguments}({Parameters(method)}){ApiType.Constraints(method.IsGenericMethod ? method.GetGenericArguments() : [])}";
    }

    public static string Return(MethodInfo method)
    {
        var result = method.ReturnParameter;
        var reference = method.ReturnType.IsByRef ? (result.GetRequiredCustomModifiers().Length > 0 ? "ref readonly " : "ref ") : "";
        return reference + ApiType.Name(method.ReturnType, Annotations.Of(result));
    }

    public static string Parameters(MethodBase method)
        => (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "") + string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var attributes = string.Concat(ApiAttributes.Of(parameter.GetCustomAttributesData()).Select(attribute => attribute + " "));
        var isParams = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute));
        var mode = (isParams ? "params " : "")
            + (!parameter.ParameterType.IsByRef ? "" : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ");
        var value = parameter.HasDefaultValue ? " = " + Literal(parameter.RawDefaultValue, parameter.ParameterType) : "";
        return $"{attributes}{mode}{ApiType.Name(parameter.ParameterType, Annotations.Of(parameter))} {parameter.Name}{value}";
    }

    private static string ReturnAttributes(MethodInfo method)
        => string.Concat(ApiAttributes.Of(method.ReturnParameter.GetCustomAttributesData()).Select(attribute => $"[return: {attribute[1..]} "));

    private static string Access(MethodBase method) => method.IsPublic ? "public" : "protected";

    private static int Rank(MethodBase accessor) => accessor.IsPublic ? 2 : accessor.IsFamily || accessor.IsFamilyOrAssembly ? 1 : 0;

    private static string Modifiers(MethodInfo method)
        => method.DeclaringType!.IsInterface
            ? (method.IsStatic ? "static " : "") + (method is { IsVirtual: true, IsAbstract: false } ? "virtual " : "")
            : method.IsStatic ? "static " : method.IsAbstract ? "abstract " : method is { IsVirtual: true, IsFinal: false } ? "virtual " : "";

    private static string Required(MemberInfo member) => member.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string Attributes(MemberInfo member) => string.Concat(ApiAttributes.Of(member).Select(attribute => attribute + " "));

    private static string Literal(object? value, Type type)
        => value switch
        {
            null => (Nullable.GetUnderlyingType(type) ?? type) == type && type.IsValueType ? "default" : "null",
            string text => $"\"{text}\"",
            bool flag => flag ? "true" : "false",
            _ when (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } kind => $"{kind.Name}.{Enum.ToObject(kind, value)}",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
}
