namespace DiTFastAttn.Plans.Reading;

/// <summary>What a JSON value is. Messages say the names.</summary>
internal enum JsonKind
{
    /// <summary>Members in braces.</summary>
    Object,

    /// <summary>Values in brackets.</summary>
    Array,

    /// <summary>A text in quotes.</summary>
    String,

    /// <summary>A number.</summary>
    Number,

    /// <summary><c>true</c>.</summary>
    True,

    /// <summary><c>false</c>.</summary>
    False,

    /// <summary><c>null</c>.</summary>
    Null,
}
