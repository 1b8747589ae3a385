using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests;

/// <summary>The comparison with verified files notices what it should.</summary>
public sealed class SnapshotTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("snapshots");

    [Fact]
    public void Equal_texts_pass_whatever_the_line_ends()
    {
        File.WriteAllText(At("Tests.Run#Hint.verified.cs"), "one\r\ntwo\r\n");
        File.WriteAllText(At("Tests.RunAgain#Hint.verified.cs"), "another test's");

        Snapshot.Compare(_folder.FullName, "Tests.Run", Received("one\ntwo\n"), accept: false);

        Files().ShouldBe(["Tests.Run#Hint.verified.cs", "Tests.RunAgain#Hint.verified.cs"]);
    }

    [Fact]
    public void Different_text_fails_with_the_first_line_that_differs_and_leaves_what_was_received()
    {
        File.WriteAllText(At("Tests.Run#Hint.verified.cs"), "one\ntwo\n");

        var error = Should.Throw<SnapshotException>(() => Snapshot.Compare(_folder.FullName, "Tests.Run", Received("one\n2\n"), accept: false));

        error.Message.ShouldContain("Tests.Run#Hint.verified.cs: line 2 differs");
        error.Message.ShouldContain("verified: two");
        error.Message.ShouldContain("received: 2");
        File.ReadAllText(At("Tests.Run#Hint.received.cs")).ShouldBe("one\n2\n");
    }

    [Fact]
    public void Missing_file_fails()
        => Should.Throw<SnapshotException>(() => Snapshot.Compare(_folder.FullName, "Tests.Run", Received("one\n"), accept: false))
            .Message.ShouldContain("Tests.Run#Hint.verified.cs: no such file");

    [Fact]
    public void File_that_nothing_generates_any_more_fails()
    {
        File.WriteAllText(At("Tests.Run.verified.txt"), "once a diagnostic");

        Should.Throw<SnapshotException>(() => Snapshot.Compare(_folder.FullName, "Tests.Run", new Dictionary<string, string>(StringComparer.Ordinal), accept: false))
            .Message.ShouldContain("Tests.Run.verified.txt: nothing of this name was generated");
    }

    [Fact]
    public void Accepting_makes_the_verified_files_what_was_received()
    {
        File.WriteAllText(At("Tests.Run#Hint.verified.cs"), "old");
        File.WriteAllText(At("Tests.Run#Hint.received.cs"), "from before");
        File.WriteAllText(At("Tests.Run.verified.txt"), "once a diagnostic");

        Snapshot.Compare(_folder.FullName, "Tests.Run", Received("new\n"), accept: true);

        Files().ShouldBe(["Tests.Run#Hint.verified.cs"]);
        File.ReadAllText(At("Tests.Run#Hint.verified.cs")).ShouldBe("new\n");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static Dictionary<string, string> Received(string text) => new(StringComparer.Ordinal) { ["#Hint.*.cs"] = text };

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private IEnumerable<string> Files() => _folder.EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal);
}
