using System.IO.Compression;
using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Tests.Evaluate;

/// <summary><c>evaluate</c> without a network: pairs, sets of pictures, and what is wrong with them.</summary>
public sealed class EvaluateVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Pairs_are_measured_and_written_everywhere()
    {
        var made = SomeNetwork.WritePictures(_folder["made"], 3, seed: 1);
        var full = SomeNetwork.WritePictures(_folder["full"], 3, seed: 2);
        File.Copy(Path.Combine(made, "00001.png"), Path.Combine(full, "00001.png"), overwrite: true);

        var result = Evaluate(made, "--reference", full, "--json", _folder["result.json"], "--csv", _folder["result.csv"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Output.ShouldContain("psnr");
        using var json = Record();
        json.RootElement.GetProperty("format").GetString().ShouldBe("ditfastattn-evaluation/1");
        json.RootElement.GetProperty("command").GetString().ShouldStartWith("./ditfast evaluate ");
        json.RootElement.GetProperty("metrics").GetProperty("psnr").GetString().ShouldBe("Infinity"); // of one pair that is equal
        var pictures = json.RootElement.GetProperty("per_picture").EnumerateArray().ToList();
        pictures.Select(picture => picture.GetProperty("name").GetString()).ShouldBe(["00000.png", "00001.png", "00002.png"]);
        pictures[0].GetProperty("psnr").GetDouble().ShouldBeInRange(5, 11); // two pictures of even noise: 10·log10(6) = 7.78
        pictures[1].GetProperty("ssim").GetDouble().ShouldBe(1, 1e-6);
        File.ReadAllText(_folder["result.json"]).ShouldBe(File.ReadAllText(Path.Combine(_folder["out"], "evaluation.json")));
        File.ReadAllLines(_folder["result.csv"])[0].ShouldBe("metric,value");
        File.ReadAllLines(Path.Combine(_folder["out"], "pictures.csv")).Length.ShouldBe(4);
    }

    [Fact]
    public void A_zip_file_a_folder_a_class_and_coco_are_sets_too()
    {
        var made = SomeNetwork.WritePictures(_folder["made/cat"], 2, seed: 1);
        SomeNetwork.WritePictures(_folder["made/dog"], 1, seed: 3);
        ZipFile.CreateFromDirectory(_folder["made"], _folder["made.zip"]);
        Directory.CreateDirectory(_folder["coco/val2014"]);
        File.Copy(Path.Combine(made, "00000.png"), _folder["coco/val2014/b.png"]);
        File.Copy(Path.Combine(made, "00001.png"), _folder["coco/val2014/a.png"]);
        _folder.Write("coco/annotations/captions_val2014.json", """
            {"images": [{"id": 2, "file_name": "a.png"}, {"id": 1, "file_name": "b.png"}],
             "annotations": [{"image_id": 1, "id": 9, "caption": "later"}, {"image_id": 1, "id": 4, "caption": "first"}, {"image_id": 2, "id": 5, "caption": "other"}]}
            """);

        Evaluate(_folder["made"], "--reference", _folder["made.zip"]).Status.ShouldBe(ExitStatus.Done);
        using var zip = Record();
        zip.RootElement.GetProperty("metrics").GetProperty("ssim").GetDouble().ShouldBe(1, 1e-6);
        zip.RootElement.GetProperty("per_picture")[2].GetProperty("name").GetString().ShouldBe("dog/00000.png");
        Evaluate(_folder["coco"], "--reference", made).Status.ShouldBe(ExitStatus.Done);
        using var coco = Record();
        coco.RootElement.GetProperty("per_picture").EnumerateArray().Select(p => p.GetProperty("name").GetString()).ShouldBe(["b.png", "a.png"]); // by their number
        coco.RootElement.GetProperty("metrics").GetProperty("psnr").GetString().ShouldBe("Infinity");
    }

    [Fact]
    public void What_cannot_be_read_is_named_skipped_and_a_no()
    {
        var made = SomeNetwork.WritePictures(_folder["made"], 3, seed: 1);
        File.WriteAllBytes(Path.Combine(made, "00001.png"), []);
        File.WriteAllText(Path.Combine(made, "00009.jpg"), "no picture");
        var full = SomeNetwork.WritePictures(_folder["full"], 10, seed: 1);

        var strict = Evaluate(made, "--reference", full);
        var lenient = Evaluate(made, "--reference", full, "--allow-skips");

        strict.Status.ShouldBe(ExitStatus.CheckFailed);
        strict.Output.ShouldContain("2 of 4 pictures of");
        strict.Output.ShouldContain("00001.png: it is empty.");
        strict.Output.ShouldContain("00009.jpg: it is no PNG, JPEG or WebP.");
        lenient.Status.ShouldBe(ExitStatus.Done);
        using var json = Record();
        json.RootElement.GetProperty("pictures").GetProperty("count").GetInt32().ShouldBe(2);
        json.RootElement.GetProperty("pictures").GetProperty("skipped").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public void What_does_not_go_together_is_said_in_one_line()
    {
        var made = SomeNetwork.WritePictures(_folder["made"], 2, seed: 1);
        var small = SomeNetwork.WritePictures(_folder["small"], 2, seed: 1, size: 24);
        var more = SomeNetwork.WritePictures(_folder["more"], 3, seed: 1);
        File.Move(Path.Combine(more, "00000.png"), Path.Combine(more, "other.png"));
        Directory.CreateDirectory(_folder["empty"]);

        Refused("nothing to measure with", made);
        Refused("40x40, and '00000.png'", made, "--reference", small);
        Refused("has 2 pictures and", made, "--reference", more);
        Refused("there is no picture in it", _folder["empty"], "--reference", made);
        Refused("there is no such folder or zip file", _folder["nowhere"], "--reference", made);
        Refused("--metrics fid: it needs --inception FILE", made, "--metrics", "fid");
        Refused("--metrics psnr: it needs --reference SET", made, "--metrics", "psnr,ssim");
        Refused("give one of fid, kid", made, "--metrics", "fdi");
        Refused("give a worker and the number of workers", made, "--reference", small, "--worker", "2/2");
        Refused("the ending says the format", made, "--save-statistics", _folder["x.txt"]);
    }

    [Fact]
    public void A_folder_of_results_belongs_to_one_evaluation()
    {
        var made = SomeNetwork.WritePictures(_folder["made"], 2, seed: 1);
        var other = SomeNetwork.WritePictures(_folder["other"], 3, seed: 1);

        Evaluate(made, "--reference", other, "--worker", "0/2").Output.ShouldContain("the last one to finish writes the result");
        Refused("is of another evaluation: pictures is", other, "--reference", other, "--worker", "1/2");
        using (new FileStream(Path.Combine(_folder["out"], "pictures", "worker-1-of-2.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            Refused("another process is at work in it as worker 1 of 2", made, "--reference", other, "--worker", "1/2");
            Refused("a run of another number of workers is at work in it", made, "--reference", other);
        }

        Evaluate(made, "--reference", other, "--worker", "1/2").Output.ShouldContain("psnr");
        Evaluate(other, "--reference", other).Status.ShouldBe(ExitStatus.Done); // alone, it begins anew
    }

    [Fact]
    public void Real_pictures_are_chosen_by_the_seed_and_numbered()
    {
        SomeNetwork.WritePictures(_folder["real/n01"], 4, seed: 1);
        File.Copy(Path.Combine(Ditfast.Fixtures("pictures"), "420.jpg"), _folder["real/n01/x.JPEG"]);

        Ditfast.Run("sample-real-images", _folder["real"], "--output_folder", _folder["a"], "--n_images", "5", "--json", _folder["a.json"]).Status.ShouldBe(ExitStatus.Done);
        Ditfast.Run("sample-real-images", _folder["real"], "--out", _folder["b"], "--n-images", "5").Status.ShouldBe(ExitStatus.Done);

        string[] names = [.. Directory.GetFiles(_folder["a"]).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        names.Select(name => name[..2]).ShouldBe(["0.", "1.", "2.", "3.", "4."]);
        names.Count(name => name.EndsWith(".jpg", StringComparison.Ordinal)).ShouldBe(1);
        names.ShouldAllBe(name => File.ReadAllBytes(Path.Combine(_folder["a"], name)).SequenceEqual(File.ReadAllBytes(Path.Combine(_folder["b"], name))));
        Ditfast.Run("sample-real-images", _folder["real"], "--out", _folder["c"], "--n-images", "6").Log.ShouldContain("has 5 pictures; give at most as many");
        Ditfast.Run("sample-real-images", _folder["real"], "--out", _folder["a"], "--n-images", "1").Log.ShouldContain("it is not empty");
    }

    [Fact]
    public void Clip_scores_what_generate_wrote_into_the_pictures()
    {
        TinyClip.Write(_folder["clip"]);
        Directory.CreateDirectory(_folder["made"]);
        new RgbImage(20, 20, (200, 10, 10)).SavePng(_folder["made/0.png"], new Dictionary<string, string>(StringComparer.Ordinal) { ["ditfast"] = """{"prompt": "a photo of the cat"}""" });
        new RgbImage(20, 24, (10, 200, 10)).SavePng(_folder["made/1.png"], new Dictionary<string, string>(StringComparer.Ordinal) { ["ditfast"] = """{"prompt": "a painting of the sea"}""" });

        var result = Evaluate(_folder["made"], "--clip", _folder["clip"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Output.ShouldContain("has pictures of 2 sizes (20x20, 20x24)");
        using var json = Record();
        var scores = json.RootElement.GetProperty("per_picture").EnumerateArray().Select(picture => picture.GetProperty("clip_score").GetDouble()).ToList();
        json.RootElement.GetProperty("metrics").GetProperty("clip_score").GetDouble().ShouldBe(Math.Max(0, scores.Average()), 1e-9);
        Refused("it has 1 prompts for 2 pictures", _folder["made"], "--clip", _folder["clip"], "--prompts", _folder.Write("prompts.txt", "a cat\n"));
        new RgbImage(8, 8).SavePng(_folder["made/2.png"]);
        Refused("does not say its prompt", _folder["made"], "--clip", _folder["clip"]);
    }

    private Ditfast.Result Evaluate(params string[] arguments) => Ditfast.Run(["evaluate", .. arguments, "--out", _folder["out"]]);

    private void Refused(string message, params string[] arguments)
    {
        var result = Evaluate(arguments);
        result.Status.ShouldBe(ExitStatus.UserError, result.Output);
        result.Log.ShouldContain(message);
        result.Log.TrimEnd('\n').Split('\n').Count(line => !line.StartsWith("worker", StringComparison.Ordinal)).ShouldBe(1, result.Log);
    }

    private JsonDocument Record() => JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder["out"], "evaluation.json")));
}
