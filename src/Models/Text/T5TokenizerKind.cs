namespace DiTFastAttn.Models;

/// <summary>Which of the published T5 tokenizers is followed: they differ in what surrounds SentencePiece itself.</summary>
public enum T5TokenizerKind
{
    /// <summary>The Python tokenizer with <c>legacy</c> true or not said, which the published pipelines use: every text between special tokens gets a dummy space.</summary>
    SlowLegacy = 0,

    /// <summary>The Python tokenizer with <c>legacy</c> false: only the beginning of the whole text gets one.</summary>
    SlowNonLegacy = 1,

    /// <summary>The Rust tokenizer: it normalises whole graphemes, and gives a second end token after one that is written in the text.</summary>
    Fast = 2,

    /// <summary>The tokenizer of the library's version 5: like <see cref="Fast"/>, but cutting at every white space that normalising leaves.</summary>
    Version5 = 3,
}
