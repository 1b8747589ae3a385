namespace DiTFastAttn.Generators.Wrapping;

/// <summary>Names of generated members, which give way to the user's.</summary>
/// <param name="Field">The field that holds the original.</param>
/// <param name="Holder">The class of what that field holds.</param>
/// <param name="Register">The module initializer.</param>
internal sealed record AdapterNames(string Field, string Holder, string Register);
