using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.CommandLine;

/// <summary>What is wrong with a command line is said in one line, with exit status 2.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("verfiy", "unknown verb 'verfiy': did you mean 'verify'?")]
    [InlineData("nonsense", "unknown verb 'nonsense'. Known: ")]
    [InlineData("verify x --jsn y", "unknown option '--jsn' of 'verify': did you mean '--json'?")]
    [InlineData("verify --jsn", "unknown option '--jsn' of 'verify': did you mean '--json'?")]
    [InlineData("--nonsense-option", "unknown option '--nonsense-option' of the program.")]
    [InlineData("verify", "'verify': give DIR…")]
    [InlineData("verify x --json", "--json: give a value (FILE).")]
    [InlineData("verify x --json --kind y", "--json: give a value before '--kind'.")]
    [InlineData("verify x --json a --json b", "--json is given more than once; give it once.")]
    [InlineData("plan", "'plan': give one of show")]
    [InlineData("plan shw", "unknown word after 'plan' 'shw': did you mean 'show'?")]
    [InlineData("plan show a b", "'plan show': unexpected argument 'b'")]
    [InlineData("", "give one of ")]
    [InlineData("demo --n-steps 0", "--n-steps 0: give a whole number from 1 to 1000.")]
    [InlineData("demo --n_steps 0", "--n-steps 0: give a whole number from 1 to 1000.")]
    [InlineData("demo --n-steps 2.5", "--n-steps 2.5: give a whole number from 1 to 1000.")]
    [InlineData("demo --n-steps many", "--n-steps many: give a whole number from 1 to 1000.")]
    [InlineData("demo --n-steps 99999999999", "--n-steps 99999999999: give a whole number from 1 to 1000.")]
    [InlineData("demo --threads 0", "--threads 0: give a whole number from 1 to 1024.")]
    [InlineData("demo --threads -1", "--threads -1: give a whole number from 1 to 1024.")]
    [InlineData("demo --labels 1,x", "--labels 1,x: give a whole number of at least 0, or several with commas between them.")]
    [InlineData("demo --labels 1,,2", "--labels 1,,2: give a whole number of at least 0, or several with commas between them.")]
    [InlineData("demo --pictures 0", "--pictures 0: give a whole number from 1 to 100.")]
    [InlineData("demo -- --labels", "'demo': unexpected argument '--labels'")]
    [InlineData("bench attention --threads 1,5000", "--threads 1,5000: give a whole number from 1 to 1024, or several with commas between them.")]
    [InlineData("bench attention --strategy full,all", "--strategy full,all: give one of full, wa, full+wa, ")]
    [InlineData("test", "use './ditfast test' in a checkout.")]
    [InlineData("test Window", "use './ditfast test' in a checkout.")]
    public void A_wrong_command_line_gets_one_line(string line, string expected)
    {
        var result = Ditfast.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        result.Status.ShouldBe(ExitStatus.UserError);
        result.Output.ShouldBeEmpty();
        result.Log.ShouldStartWith("ditfast: ");
        result.Log.ShouldContain(expected);
        result.Log.TrimEnd('\n').ShouldNotContain('\n');
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("verify --help")]
    [InlineData("plan show --help")]
    [InlineData("plan --help")]
    [InlineData("--version")]
    public void Help_and_version_go_to_stdout(string line)
    {
        var result = Ditfast.Run(line.Split(' '));

        result.Status.ShouldBe(ExitStatus.Done);
        result.Output.ShouldNotBeEmpty();
        result.Log.ShouldBeEmpty();
    }

    [Fact]
    public void The_help_names_every_verb()
    {
        var help = Ditfast.Run("--help").Output;

        foreach (var verb in Verbs.MakeRoot().Subcommands)
        {
            help.ShouldContain("  " + verb.Name);
        }
    }

    [Fact]
    public void The_launchers_verb_is_in_the_help() => Ditfast.Run("--help").Output.ShouldContain("  test <FILTER>");

    [Fact]
    public void A_default_is_shown_as_it_would_be_typed()
    {
        Ditfast.Run("train", "shapes", "--help").Output.ShouldContain("[default: 32:2500:32,64:1000:16]");
        Ditfast.Run("bench", "attention", "--help").Output.ShouldContain("[default: 1024,4096]");
        Ditfast.Run("bench", "attention", "--help").Output.ShouldContain("[default: kernel,site]");
        foreach (var command in AllCommands(Verbs.MakeRoot()))
        {
            string[] words = [.. command.Parents.Where(parent => parent is not System.CommandLine.RootCommand).Select(parent => parent.Name), command.Name];
            var help = Ditfast.Run([.. command is System.CommandLine.RootCommand ? [] : words, "--help"]).Output;
            help.ShouldContain("Description:");
            help.ShouldNotMatch(@"\[default: [^\]]*([|{]|System\.|DiTFastAttn\.)");
        }
    }

    [Fact]
    public void Every_option_is_kebab_case_and_described()
    {
        foreach (var command in AllCommands(Verbs.MakeRoot()))
        {
            command.Description.ShouldNotBeNullOrWhiteSpace(command.Name);
            foreach (var option in command.Options)
            {
                option.Name.ShouldMatch("^--[a-z]+(-[a-z]+)*$");
                option.Description.ShouldNotBeNullOrWhiteSpace(option.Name);
            }
        }
    }

    [Theory]
    [InlineData("--n-steps", "--n_steps")]
    [InlineData("--n-calib", "--n_calib")]
    [InlineData("--window-size", "--window_size")]
    [InlineData("--eval-n-images", "--eval_n_images")]
    public void The_papers_names_are_aliases(string name, string alias)
    {
        var options = new System.CommandLine.Option[]
        {
            CommonOptions.Steps, CommonOptions.CalibrationSamples, CommonOptions.WindowSize, CommonOptions.EvaluationImages, CommonOptions.Threshold,
        };

        options.Single(option => option.Name == name).Aliases.ShouldBe([alias]);
    }

    [Theory]
    [InlineData("cpu", "cpu", 0)]
    [InlineData("cuda", "cuda", 0)]
    [InlineData("cuda:3", "cuda", 3)]
    [InlineData("auto", "auto", 0)]
    public void Devices_are_read(string text, string kind, int index) => DeviceChoice.Parse(text).ShouldBe(new DeviceChoice(kind, index));

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:x")]
    [InlineData("")]
    [InlineData("CPU")]
    public void Other_devices_are_refused(string text) => Should.Throw<FormatException>(() => DeviceChoice.Parse(text)).Message.ShouldContain("cuda:N");

    private static IEnumerable<System.CommandLine.Command> AllCommands(System.CommandLine.Command command)
        => command.Subcommands.SelectMany(AllCommands).Prepend(command);
}
