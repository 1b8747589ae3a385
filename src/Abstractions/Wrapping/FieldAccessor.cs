using System.ComponentModel;

namespace DiTFastAttn.Wrapping;

/// <summary>Access to a field of an object, as <c>[UnsafeAccessor]</c> gives it. For generated code.</summary>
/// <typeparam name="TOwner">The class that declares the field.</typeparam>
/// <typeparam name="TField">The type that it is declared with.</typeparam>
/// <param name="owner">The object.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public delegate ref TField FieldAccessor<in TOwner, TField>(TOwner owner)
    where TOwner : class;
