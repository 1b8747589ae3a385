using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.Generate;

/// <summary>The command lines of the authors' README and experiments, word for word: only the model is not there.</summary>
public sealed class AuthorsCommandLineTests
{
    [Theory]
    [InlineData("dit", "--n_calib 8 --n_steps 50 --window_size 128 --threshold 0.05 --eval_n_images 5000")]
    [InlineData("dit", "--n_calib 8 --n_steps 50 --window_size 128 --threshold 0.0 --eval_n_images 50000 --use_cache")]
    [InlineData("dit", "--n_calib 8 --n_steps 20 --window_size 128 --threshold 0.1 --eval_n_images 5000 --ablation full_attn+cfg_attn_share --eval_real_image_path data/real_images --use_cache")]
    [InlineData("dit", "--n_calib 8 --n_steps 20 --window_size 128 --threshold 0.005 --eval_n_images 5000 --metric ssim --eval_real_image_path data/real_images --use_cache")]
    [InlineData("dit", "--n_calib 16 --n_steps 20 --window_size 128 --threshold 0.05 --eval_n_images 5000 --eval_real_image_path data/real_images --use_cache")]
    [InlineData("pixart", "--n_calib 6 --n_steps 50 --window_size 512 --threshold 0.0725 --eval_n_images 5000")]
    [InlineData("pixart", "--n_calib 6 --n_steps 20 --window_size 512 --threshold 0.0 --eval_n_images 5000 --use_cache --eval_real_image_path data/real_images_coco_5k --negative_prompt low~quality")]
    [InlineData("pixart", "--model PixArt-alpha/PixArt-Sigma-XL-2-2K-MS --n_calib 6 --n_steps 50 --threshold 0 --window_size 2048  --eval_n_images 30000 --use_cache")]
    [InlineData("dit", "--model some --sequential_calib --debug --raw_eval --seed 3 --cfg_scale 4 --eval_batchsize 12")]
    [InlineData("pixart", "--model some --coco_path data/mscoco --sequential_calib --debug --raw_eval --seed 3 --cfg_scale 4.5 --eval_batchsize 1 --metric ssim")]
    public void Are_taken(string program, string line)
    {
        var result = Ditfast.Run(["run", program, .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Replace('~', ' '))]);

        result.Status.ShouldBe(ExitStatus.UserError);
        result.Log.ShouldStartWith("ditfast: --model ");
        result.Log.ShouldContain("there is no such folder, and no 'checkpoints/");
        result.Log.TrimEnd('\n').ShouldNotContain('\n');
    }
}
