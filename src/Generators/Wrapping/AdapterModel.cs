using DiTFastAttn.Generators.Pipeline;

namespace DiTFastAttn.Generators.Wrapping;

/// <summary>One adapter: everything its generated file is written from.</summary>
/// <param name="FullName">The class's name in metadata, for the file's name.</param>
/// <param name="Namespace">Its namespace, or <see langword="null"/> for the global one.</param>
/// <param name="TypeHeaders">Declarations to open, outermost first, the class itself last.</param>
/// <param name="TypeName">The class as code refers to it.</param>
/// <param name="Name">The class's name, as its constructor has it.</param>
/// <param name="Original">The class that it stands for, or <see langword="null"/> where that is unknown.</param>
/// <param name="HidesOriginal">Whether a base class has a member named <c>Original</c> too.</param>
/// <param name="BaseArguments">Arguments for a constructor of the base class, or <see langword="null"/> where the user wrote a constructor or none fits.</param>
/// <param name="ForwardsTraining">Whether <c>training</c> is read from the original.</param>
/// <param name="ForwardsTrain">Whether <c>train</c> is passed to the original.</param>
/// <param name="ForwardsDispose">Whether disposing is passed to the original.</param>
/// <param name="IncludeDerived">Whether it stands for modules of derived classes too.</param>
/// <param name="Places">Where those modules are found; none where an error keeps the adapter from being registered.</param>
/// <param name="Members">Members of the original that it reaches.</param>
/// <param name="Unfinished">Partial members whose declaration has an error.</param>
/// <param name="Names">What the generated members are called.</param>
internal sealed record AdapterModel(
    string FullName,
    string? Namespace,
    EquatableArray<string> TypeHeaders,
    string TypeName,
    string Name,
    string? Original,
    bool HidesOriginal,
    string? BaseArguments,
    bool ForwardsTraining,
    bool ForwardsTrain,
    bool ForwardsDispose,
    bool IncludeDerived,
    EquatableArray<PlaceModel> Places,
    EquatableArray<MemberModel> Members,
    EquatableArray<UnfinishedMember> Unfinished,
    AdapterNames Names);
