using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace DiTFastAttn.Published.Tests.PublicApi;

/// <summary>
/// What code outside of an assembly can see and derive from, as C# declarations: types by name, members by kind and name. Overrides, and what the
/// compiler adds to records, are left out; what is inherited stands where it is declared.
/// </summary>
internal static class ApiText
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The declarations of an assembly, line ends <c>\n</c>.</summary>
    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var space in VisibleTypes(assembly).GroupBy(type => type.Namespace, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append(text.Length == 0 ? "" : "\n").Append("namespace ").Append(space.Key).Append('\n');
            foreach (var type in space.OrderBy(type => type.FullName, StringComparer.Ordinal))
            {
                text.Append('\n').Append(Of(type));
            }
        }

        return text.ToString();
    }

    /// <summary>The declaration of a type with its members.</summary>
    public static string Of(Type type)
    {
        var text = new StringBuilder();
        foreach (var attribute in ApiAttributes.Of(type))
        {
            text.Append(attribute).Append('\n');
        }

        text.Append(ApiType.Header(type)).Append('\n');
        foreach (var member in Members(type))
        {
            text.Append("    ").Append(member).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The types that other assemblies see, nested ones too.</summary>
    public static IEnumerable<Type> VisibleTypes(Assembly assembly) => assembly.GetTypes().Where(IsVisible);

    private static IEnumerable<string> Members(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            return [];
        }

        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .OrderBy(field => Convert.ToInt64(field.GetRawConstantValue(), null))
                .Select(field => $"{field.Name} = {field.GetRawConstantValue()}");
        }

        return
        [
            .. Sorted(type.GetFields(Declared).Where(field => IsVisible(field.Attributes) && !IsGenerated(field)), ApiMember.Field),
            .. Sorted(type.GetConstructors(Declared).Where(constructor => !constructor.IsStatic && IsVisible(constructor) && !IsGenerated(constructor)), ApiMember.Constructor),
            .. Sorted(type.GetProperties(Declared).Where(property => property.GetAccessors(nonPublic: true).Any(IsDeclaredHere) && property.Name != "EqualityContract"), ApiMember.Property),
            .. Sorted(type.GetEvents(Declared).Where(e => IsDeclaredHere(e.AddMethod!)), ApiMember.Event),
            .. Sorted(type.GetMethods(Declared).Where(IsMethod), ApiMember.Method),
        ];
    }

    private static IEnumerable<string> Sorted<TMember>(IEnumerable<TMember> members, Func<TMember, string> print)
        where TMember : MemberInfo
        => members.Select(member => (member.Name, Line: print(member))).OrderBy(member => member.Name, StringComparer.Ordinal).ThenBy(member => member.Line, StringComparer.Ordinal)
            .Select(member => member.Line);

    private static bool IsMethod(MethodInfo method)
        => IsDeclaredHere(method)
            && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal))
            && (!IsGenerated(method) || method.Name == "Deconstruct");

    private static bool IsDeclaredHere(MethodInfo method) => IsVisible(method) && (!method.IsVirtual || method.GetBaseDefinition() == method);

    private static bool IsGenerated(MemberInfo member) => member.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    private static bool IsVisible(Type type)
        => !type.Name.Contains('<', StringComparison.Ordinal)
            && (type.IsNested ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!) : type.IsPublic);

    // What is protected in a class that nobody can derive from is seen by nobody.
    private static bool IsVisible(MethodBase method)
        => method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed);

    private static bool IsVisible(FieldAttributes field)
        => (field & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;
}
