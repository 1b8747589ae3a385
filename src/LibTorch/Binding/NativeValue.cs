using System.Runtime.InteropServices;

namespace TorchSharp.Binding;

/// <summary>One argument or result of an operator as it crosses to the native side; mirrors <c>Value</c> there.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct NativeValue
{
    [FieldOffset(0)] internal Tag Tag;

    /// <summary>Elements of a list, bytes of a string.</summary>
    [FieldOffset(4)] internal int Count;

    [FieldOffset(8)] internal long Int;
    [FieldOffset(8)] internal double Double;
    [FieldOffset(8)] internal IntPtr Pointer;

    /// <summary>A tensor result in a managed handle that owns it; null where the operator returned an undefined tensor.</summary>
    internal readonly torch.Tensor? ToTensor() => Tag == Tag.Tensor && Pointer != IntPtr.Zero ? new torch.Tensor(Pointer) : null;
}
