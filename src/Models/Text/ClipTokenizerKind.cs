namespace DiTFastAttn.Models;

/// <summary>Which of the published CLIP tokenizers is followed: they differ in how text is cleaned.</summary>
public enum ClipTokenizerKind
{
    /// <summary>The Rust tokenizer: NFC, white space, lower case character by character.</summary>
    Fast = 0,

    /// <summary>The Python tokenizer with ftfy, as OpenAI's own: wrongly decoded text is repaired first.</summary>
    SlowFtfy = 1,

    /// <summary>The Python tokenizer without ftfy, which cleans as BERT: control characters go, spaces are put around Chinese characters.</summary>
    SlowNoFtfy = 2,

    /// <summary>The tokenizer of the library's version 5: as <see cref="Fast"/>, with special tokens known in lower case only.</summary>
    Version5 = 3,
}
