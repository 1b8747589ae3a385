namespace DiTFastAttn.Generators.Wrapping;

/// <summary>Where modules are found that an adapter stands for.</summary>
/// <param name="Owner">The class that declares the field, or <see langword="null"/> for the elements of any <c>ModuleList</c>.</param>
/// <param name="Field">The field's name, where there is one.</param>
/// <param name="FieldType">The type that it is declared with.</param>
/// <param name="Element">The type of the list's elements, or <see langword="null"/> where the field holds the module itself.</param>
/// <param name="Accessor">The generated method that gives access to the field.</param>
internal sealed record PlaceModel(string? Owner, string? Field, string? FieldType, string? Element, string? Accessor);
