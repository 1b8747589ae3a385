namespace DiTFastAttn.Evaluation.Tests;

public sealed class WorkerShareTests
{
    [Theory]
    [InlineData("", 0, 1, "alone")]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 RANK=5 WORLD_SIZE=9", 1, 2, "OMPI_COMM_WORLD_RANK")]
    [InlineData("PMI_RANK=3 PMI_SIZE=4 SLURM_PROCID=0 SLURM_NTASKS=2", 3, 4, "PMI_RANK")]
    [InlineData("RANK=2 WORLD_SIZE=3", 2, 3, "RANK")]
    [InlineData("SLURM_ARRAY_TASK_ID=12 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=10 SLURM_PROCID=0 SLURM_NTASKS=1", 2, 4, "SLURM_ARRAY_TASK_ID")]
    [InlineData("SLURM_ARRAY_TASK_ID=6 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=2 SLURM_ARRAY_TASK_STEP=2", 2, 3, "SLURM_ARRAY_TASK_ID")]
    [InlineData("SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=8 SLURM_NTASKS=16", 1, 8, "SLURM_PROCID")]
    [InlineData("JOB_COMPLETION_INDEX=4 JOB_COMPLETIONS=5", 4, 5, "JOB_COMPLETION_INDEX")]
    [InlineData("JOB_COMPLETION_INDEX=4 WORLD_SIZE=5", 4, 5, "JOB_COMPLETION_INDEX")]
    public void Engines_say_the_share_by_their_variables(string environment, int rank, int size, string source)
        => WorkerShare.FromEnvironment(Variables(environment)).ShouldBe(new WorkerShare(rank, size, source));

    [Theory]
    [InlineData("RANK=1", "RANK is 1, and WORLD_SIZE, the number of workers, is not set")]
    [InlineData("RANK=3 WORLD_SIZE=3", "RANK is 3 and WORLD_SIZE is 3")]
    [InlineData("OMPI_COMM_WORLD_RANK=x OMPI_COMM_WORLD_SIZE=2", "OMPI_COMM_WORLD_RANK is x")]
    [InlineData("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=5", "a number from 5 on")]
    public void A_share_that_cannot_be_is_refused(string environment, string message)
        => Should.Throw<FormatException>(() => WorkerShare.FromEnvironment(Variables(environment))).Message.ShouldContain(message);

    [Fact]
    public void Every_piece_has_one_worker()
    {
        WorkerShare[] shares = [WorkerShare.Parse("0/3"), WorkerShare.Parse("1/3"), WorkerShare.Parse("2/3")];
        Enumerable.Range(0, 20).ShouldAllBe(piece => shares.Count(share => share.Has(piece)) == 1);
        foreach (var text in (string[])["3/3", "-1/3", "1", "a/b", "1/2/3"])
        {
            Should.Throw<FormatException>(() => WorkerShare.Parse(text)).Message.ShouldContain("from 0/N to N-1/N");
        }
    }

    private static Func<string, string?> Variables(string environment)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return variables.GetValueOrDefault;
    }
}
