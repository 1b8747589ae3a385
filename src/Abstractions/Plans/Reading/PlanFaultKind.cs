namespace DiTFastAttn.Plans.Reading;

/// <summary>What of a plan file is wrong.</summary>
internal enum PlanFaultKind
{
    /// <summary>It is no text, or more than a plan has.</summary>
    Unreadable,

    /// <summary>The text is not JSON.</summary>
    NotJson,

    /// <summary>It is another format, or another version of it.</summary>
    OtherFormat,

    /// <summary>A field is missing, or its value is not what the field takes.</summary>
    WrongField,

    /// <summary>Two fields do not agree.</summary>
    Disagreement,
}
