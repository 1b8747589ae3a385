using System.Runtime.CompilerServices;

namespace DiTFastAttn.Wrapping;

/// <summary>Access to members that are not public, as <c>[UnsafeAccessor]</c> gives it.</summary>
internal static class MemberAccessor
{
    /// <summary>Finds out at attach what would else be thrown in the middle of a step: that there is no such member.</summary>
    /// <param name="accessor">A static extern method of generated code.</param>
    /// <param name="declaration">The class whose declaration names the member.</param>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static void Check(Delegate accessor, Type declaration)
    {
        try
        {
            RuntimeHelpers.PrepareMethod(accessor.Method.MethodHandle);
        }
        catch (Exception error) when (error is MissingMemberException or InvalidProgramException or NotSupportedException)
        {
            var name = ((UnsafeAccessorAttribute)Attribute.GetCustomAttribute(accessor.Method, typeof(UnsafeAccessorAttribute))!).Name;
            var owner = accessor.Method.GetParameters()[0].ParameterType;
            throw new InvalidOperationException(
                $"{owner} has no member '{name}' as {declaration} declares it: name the class that declares the member (a base class has its own), "
                    + $"its exact name and its exact type. {error.Message}",
                error);
        }
    }
}
