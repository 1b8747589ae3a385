using System.Text;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Tests.Generate;

/// <summary>What a user can get wrong with a folder or a wish: each is said in one line that names it.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model_index.json", "model_index.json")]
    [InlineData("transformer/config.json", "transformer/config.json")]
    [InlineData("transformer/diffusion_pytorch_model.safetensors", "transformer': holds no weights; looked for diffusion_pytorch_model.safetensors")]
    [InlineData("vae/config.json", "vae/config.json")]
    [InlineData("vae/diffusion_pytorch_model.safetensors", "vae': holds no weights")]
    [InlineData("text_encoder/config.json", "text_encoder/config.json")]
    [InlineData("text_encoder/model-00001-of-00002.safetensors", "1 of the 2 shards it names is not in its folder: model-00001-of-00002.safetensors")]
    [InlineData("text_encoder/model.safetensors.index.json", "text_encoder': holds 2 shards (model-00001-of-00002.safetensors, …) and no index")]
    [InlineData("tokenizer/spiece.model", "tokenizer/spiece.model")]
    [InlineData("scheduler/scheduler_config.json", "scheduler/scheduler_config.json")]
    public void A_file_that_is_missing_is_named(string file, string expected)
    {
        Make("pixart-sigma-1024");
        File.Delete(At(file));
        Refusal(Prompt).ShouldContain(expected);
    }

    [Theory]
    [InlineData("transformer/diffusion_pytorch_model.safetensors")]
    [InlineData("text_encoder/model-00002-of-00002.safetensors")]
    [InlineData("tokenizer/spiece.model")]
    public void A_pointer_of_Git_LFS_is_said_as_such(string file)
    {
        Make("pixart-sigma-1024");
        File.WriteAllText(At(file), Pointer);
        var line = Refusal(Prompt);
        line.ShouldContain(Path.GetFileName(file));
        line.ShouldContain("is the pointer of Git LFS");
    }

    [Theory]
    [InlineData("transformer/diffusion_pytorch_model.safetensors", "the file is truncated or damaged")]
    [InlineData("text_encoder/model-00002-of-00002.safetensors", "the file is truncated or damaged")]
    [InlineData("tokenizer/spiece.model", "no sound SentencePiece model")]
    [InlineData("model_index.json", "it is not JSON")]
    public void A_file_that_was_downloaded_in_part_is_named(string file, string expected)
    {
        Make("pixart-sigma-1024");
        using (var stream = File.OpenWrite(At(file)))
        {
            stream.SetLength(stream.Length / 2);
        }

        var line = Refusal(Prompt);
        line.ShouldContain(Path.GetFileName(file));
        line.ShouldContain(expected);
    }

    [Theory]
    [InlineData("model_index.json", "PixArtSigmaPipeline", "StableDiffusionPipeline", "its _class_name is 'StableDiffusionPipeline'; pictures are drawn by DiTPipeline, PixArt")]
    [InlineData("scheduler/scheduler_config.json", "DPMSolverMultistepScheduler", "FooScheduler", "_class_name is 'FooScheduler'; it has to be one of DDIMScheduler, ")]
    [InlineData("scheduler/scheduler_config.json", "\"solver_order\": 2", "\"solver_order\": 7", "solver_order is 7; it has to be 1, 2 or 3")]
    [InlineData("scheduler/scheduler_config.json", "\"use_lu_lambdas\": false", "\"use_lu_lambdas\": true", "use_lu_lambdas is True; it has to be false")]
    [InlineData("transformer/config.json", "ada_norm_single", "layer_norm", "norm_type is \"layer_norm\"; it has to be one of ada_norm_single")]
    [InlineData("vae/config.json", "\"AutoencoderKL\"", "\"AutoencoderTiny\"", "_class_name is \"AutoencoderTiny\"; it has to be one of AutoencoderKL")]
    [InlineData("text_encoder/config.json", "gated-gelu", "gated-silu", "feed_forward_proj is \"gated-silu\"; it has to be one of relu, gated-gelu")]
    [InlineData("text_encoder/config.json", "\"d_model\": 32", "\"d_model\": 64", "its states are 64 wide, and the transformer's captions 32")]
    [InlineData("text_encoder/config.json", "\"vocab_size\": 256", "\"vocab_size\": 20", "its table has 20 rows, and the tokenizer gives ids up to 233")]
    public void An_unknown_class_or_value_is_named_with_what_would_be_right(string file, string old, string changed, string expected)
    {
        Make("pixart-sigma-1024");
        var text = File.ReadAllText(At(file));
        text.ShouldContain(old, Case.Sensitive);
        File.WriteAllText(At(file), text.Replace(old, changed, StringComparison.Ordinal));
        var line = Refusal(Prompt);
        line.ShouldContain(file);
        line.ShouldContain(expected);
    }

    [Fact]
    public void Weights_of_another_model_are_told_by_their_names()
    {
        Make("pixart-sigma-1024");
        Ditfast.Run("fixture-model", _folder["dit"]).Status.ShouldBe(ExitStatus.Done);
        File.Copy(_folder["dit/transformer/diffusion_pytorch_model.safetensors"], At("transformer/diffusion_pytorch_model.safetensors"), overwrite: true);
        Refusal(Prompt).ShouldContain("they do not fit the model 'PixArtTransformer': ");
    }

    [Theory]
    [InlineData("run dit", "pixart-sigma-1024", "draws from text; this program is for DiT: use 'run pixart'")]
    [InlineData("run pixart", "dit-xl-2-512", "draws classes; this program is for PixArt: use 'run dit'")]
    [InlineData("run pixart", "opensora-v1.1", "its _class_name is 'OpenSoraPipeline'")]
    public void A_model_of_another_program_is_refused(string program, string like, string expected)
    {
        Make(like);
        Refusal([.. program.Split(' '), "--model", _folder["m"]]).ShouldContain(expected);
    }

    [Theory]
    [InlineData("--height 300 --exact-size", "size 300x256: without aspect-ratio bins height and width have to be multiples of 16")]
    [InlineData("--height 0", "--height 0: give a whole number from 1 to 16384")]
    [InlineData("--n-steps 0", "--n-steps 0: give a whole number from 1 to 1000")]
    [InlineData("--cfg_scale 1 --plan periodic:asc/2", "shares between the guidance halves, and the run has no guidance")]
    [InlineData("--cfg_scale -1", "--guidance-scale -1: give a number of at least 0")]
    [InlineData("--label 3", "draws from text; give --prompt")]
    [InlineData("--plan nothing.json", "plan 'nothing.json': cannot be read")]
    public void An_impossible_wish_is_refused(string options, string expected)
    {
        Make("pixart-sigma-1024");
        Refusal(["generate", _folder["m"], .. options.StartsWith("--label", StringComparison.Ordinal) ? Array.Empty<string>() : ["--prompt", "cat"], .. options.Split(' ')]).ShouldContain(expected);
    }

    [Theory]
    [InlineData("--label 1000", "--label 1000: out of range; this model draws the classes 0 to 999")]
    [InlineData("--label -1", "--label -1: out of range")]
    [InlineData("--label 3 --height 100", "size 100x128: this model draws 128x128 pixels and no other size")]
    public void An_impossible_class_or_size_is_refused(string options, string expected)
    {
        Make("dit-xl-2-512");
        Refusal(["generate", _folder["m"], .. options.Split(' ')]).ShouldContain(expected);
    }

    [Fact]
    public void Sharing_between_halves_that_are_not_there_is_refused()
    {
        Make("dit-xl-2-256");
        Refusal("run", "dit", "--model", _folder["m"], "--n_steps", "3", "--n_calib", "1", "--cfg_scale", "1", "--ablation", "asc", "--debug")
            .ShouldContain("--ablation asc: shares between the guidance halves, and with this guidance scale there is none");
    }

    [Fact]
    public void An_empty_prompt_is_a_prompt_and_a_size_outside_the_bins_is_said()
    {
        Make("pixart-sigma-1024");
        var result = Ditfast.Run("generate", _folder["m"], "--prompt", "", "--height", "800", "--width", "40", "--n-steps", "2", "--threads", "1", "--out", _folder["out"]);
        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Log.ShouldContain("size 800x40: its ratio 20 is outside the model's 0.25 to 4; drawn at 512x128");
    }

    [Theory]
    [InlineData("transformer", "the transformer")]
    [InlineData("text_encoder", "the text encoder")]
    [InlineData("vae", "the autoencoder")]
    public void Too_little_memory_is_said_before_loading_with_both_figures(string part, string expected)
    {
        Make("pixart-sigma-1024");
        foreach (var file in Directory.GetFiles(At(part), "*.safetensors*"))
        {
            File.Delete(file);
        }

        WriteHuge(At(Path.Combine(part, "model.safetensors")));
        var result = Ditfast.Run(["generate", _folder["m"], "--prompt", "cat", "--out", _folder["out"]]);

        result.Status.ShouldBe(ExitStatus.MachineLacks, result.Log);
        result.Log.ShouldContain($"not enough memory: {expected} needs 4000.0 GB and ");
        result.Log.ShouldContain("GB are free; use a smaller --dtype, or a machine with more");
    }

    [Fact]
    public void The_limit_of_a_control_group_counts()
    {
        Memory.LeftOf(_folder.Path).ShouldBeNull();
        _folder.Write("memory.max", "1000000\n");
        _folder.Write("memory.current", "700000\n");
        Memory.LeftOf(_folder.Path).ShouldBe(300_000);
        _folder.Write("memory.stat", "anon 1\ninactive_file 250000\n");
        Memory.LeftOf(_folder.Path).ShouldBe(550_000);
        _folder.Write("memory.max", "max\n");
        Memory.LeftOf(_folder.Path).ShouldBeNull();
    }

    private string[] Prompt => ["generate", _folder["m"], "--prompt", "cat"];

    private string At(string file) => _folder[Path.Combine("m", file)];

    private void Make(string like) => Ditfast.Run("fixture-model", _folder["m"], "--like", like).Status.ShouldBe(ExitStatus.Done);

    /// <summary>Weights of a terabyte that take no room on the disk: nobody has written them.</summary>
    private static void WriteHuge(string path)
    {
        const long Elements = 1_000_000_000_000;
        var header = Encoding.UTF8.GetBytes($$"""{"a": {"dtype": "U8", "shape": [{{Elements}}], "data_offsets": [0, {{Elements}}]} }""");
        using var stream = File.Create(path);
        stream.Write(BitConverter.GetBytes((long)header.Length));
        stream.Write(header);
        stream.SetLength(stream.Length + Elements);
    }

    private string Refusal(params string[] line)
    {
        var result = Ditfast.Run([.. line, "--out", _folder["out"]]);
        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        var said = result.Log.TrimEnd('\n').Split('\n').ShouldHaveSingleItem("it is said before prompts are encoded");
        said.ShouldStartWith("ditfast: ");
        _folder.Names.ShouldNotContain(name => name.EndsWith(".png", StringComparison.Ordinal));
        return said;
    }
}
