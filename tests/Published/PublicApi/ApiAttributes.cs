using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace DiTFastAttn.Published.Tests.PublicApi;

/// <summary>The attributes that change what a caller may write or is told: not those in which the compiler notes what the declaration says already.</summary>
internal static class ApiAttributes
{
    private static readonly HashSet<Type> CompilersOwn =
    [
        typeof(ParamArrayAttribute), typeof(DefaultMemberAttribute), typeof(System.CodeDom.Compiler.GeneratedCodeAttribute), typeof(System.Runtime.InteropServices.InAttribute),
        typeof(System.Runtime.InteropServices.OutAttribute), typeof(System.Runtime.InteropServices.OptionalAttribute),
    ];

    public static IEnumerable<string> Of(MemberInfo member) => Of(member.GetCustomAttributesData());

    public static IEnumerable<string> Of(IList<CustomAttributeData> attributes)
    {
        // A constructor that leaves required members to the caller is marked obsolete for compilers that do not know them.
        var isForOldCompilers = attributes.Any(attribute => attribute.AttributeType == typeof(CompilerFeatureRequiredAttribute));
        return attributes
            .Where(attribute => Matters(attribute.AttributeType) && !(isForOldCompilers && attribute.AttributeType == typeof(ObsoleteAttribute)))
            .Select(Text)
            .Order(StringComparer.Ordinal);
    }

    private static bool Matters(Type attribute)
        => !CompilersOwn.Contains(attribute)
            && attribute.Namespace != "System.Diagnostics"
            && (attribute.Namespace != "System.Runtime.CompilerServices" || attribute.Name.StartsWith("Caller", StringComparison.Ordinal));

    private static string Text(CustomAttributeData attribute)
    {
        string[] arguments =
        [
            .. attribute.ConstructorArguments.Select(Value),
            .. attribute.NamedArguments.Select(argument => $"{argument.MemberName} = {Value(argument.TypedValue)}"),
        ];
        var name = ApiType.Name(attribute.AttributeType);
        return $"[{name[..^"Attribute".Length]}{(arguments.Length > 0 ? $"({string.Join(", ", arguments)})" : "")}]";
    }

    private static string Value(CustomAttributeTypedArgument argument)
        => argument.Value switch
        {
            null => "null",
            Type type => $"typeof({ApiType.Name(type)})",
            IEnumerable<CustomAttributeTypedArgument> list => $"[{string.Join(", ", list.Select(Value))}]",
            bool flag => flag ? "true" : "false",
            string text => $"\"{text}\"",
            var value when argument.ArgumentType.IsEnum => string.Join(" | ", Enum.ToObject(argument.ArgumentType, value).ToString()!.Split(", ").Select(flag => $"{argument.ArgumentType.Name}.{flag}")),
            var value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
}
