using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Published.Tests.PublicApi;

/// <summary>
/// What each package shows is what was approved: <c>PACKAGE.verified.txt</c> beside this file. <c>DITFAST_ACCEPT=1</c> approves what there is now.
/// </summary>
public sealed class PublicApiTests
{
    // LibTorch shows TorchSharp's API and nothing else, and its own tests hold it to TorchSharp's list.
    private static readonly string[] HeldElsewhere = ["LibTorch"];

    public static TheoryData<string> Packages => new(PackagedProjects().Except(HeldElsewhere, StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Packages))]
    public void Is_what_was_approved(string package)
        => Snapshot.Compare(
            Folder(),
            "DiTFastAttn." + package,
            new Dictionary<string, string>(StringComparer.Ordinal) { [".*.txt"] = ApiText.Of(Assembly.Load("DiTFastAttn." + package)) },
            accept: Environment.GetEnvironmentVariable("DITFAST_ACCEPT") == "1");

    [Fact]
    public void Every_package_is_looked_at()
    {
        Packages.Count.ShouldBeGreaterThanOrEqualTo(4);
        Directory.EnumerateFiles(Folder(), "*.verified.txt").Select(path => Path.GetFileName(path).Split('.')[1])
            .ShouldBe(PackagedProjects().Except(HeldElsewhere, StringComparer.Ordinal), ignoreOrder: true);
    }

    [Theory]
    [InlineData(typeof(Sample), """
        [EditorBrowsable(EditorBrowsableState.Never)]
        public abstract class PublicApiTests.Sample : Exception, IComparable<string>
            public const double Half = 0.5
            public static readonly string? None
            protected Sample(int first, string? second = null)
            protected abstract int Width { get; set; }
            public (string Name, long[] Sizes) Pair { get; protected set; }
            public int this[int row, int column = 2] { get; }
            public required IReadOnlyList<string?> Names { get; init; }
            public event EventHandler? Changed
            [return: NotNullIfNotNull("value")] public static string? Echo(string? value, [CallerMemberName] string caller = "")
            public ref readonly int Reference(in int a, ref long b, out byte c, params int[] rest)
            public static bool TryGet([NotNullWhen(true)] out string? value)
            public virtual T Make<T, TKey>(TKey key) where T : class, IDisposable, new() where TKey : notnull

        """)]
    [InlineData(typeof(Point), """
        public readonly record struct PublicApiTests.Point
            public Point(int X, DayOfWeek Day = DayOfWeek.Monday)
            public DayOfWeek Day { get; init; }
            public int X { get; init; }
            public void Deconstruct(out int X, out DayOfWeek Day)

        """)]
    [InlineData(typeof(Kind), """
        [Flags]
        public enum PublicApiTests.Kind : byte
            None = 0
            One = 1

        """)]
    [InlineData(typeof(Reader<,>), """
        public delegate TResult? PublicApiTests.Reader<in T, out TResult>(T? from) where T : class?

        """)]
    [InlineData(typeof(IShape), """
        public interface PublicApiTests.IShape : IDisposable
            public static int Count { get; }
            public int Area { get; }
            public virtual int Twice()

        """)]
    [InlineData(typeof(Closed<>), """
        public sealed class PublicApiTests.Closed<T> where T : unmanaged
            public void Dispose()

        """)]
    public void Declarations_are_written_as_in_the_source(Type type, string text) => Lines(ApiText.Of(type)).ShouldBe(Lines(text), ignoreOrder: true);

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").Split('\n');

    private static IEnumerable<string> PackagedProjects()
        => Directory.EnumerateFiles(Path.Combine(Folder(), "../../../src"), "*.csproj", SearchOption.AllDirectories)
            .Where(path => !File.ReadAllText(path).Contains("<IsPackable>false</IsPackable>", StringComparison.Ordinal))
            .Select(path => Path.GetFileName(Path.GetDirectoryName(path))!)
            .Order(StringComparer.Ordinal);

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;

#pragma warning disable // What follows is printed, not used.
    public delegate TResult? Reader<in T, out TResult>(T? from)
        where T : class?;

    [Flags]
    public enum Kind : byte
    {
        None = 0,
        One = 1,
    }

    public interface IShape : IDisposable
    {
        static int Count => 1;

        int Area { get; }

        int Twice() => 2 * Area;
    }

    public readonly record struct Point(int X, DayOfWeek Day = DayOfWeek.Monday);

    public sealed class Closed<T>
        where T : unmanaged
    {
        internal Closed()
        {
        }

        public void Dispose()
        {
        }

        public override string ToString() => "";

        internal int Hidden => 1;
    }

    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract class Sample : Exception, IComparable<string>
    {
        public const double Half = 0.5;

        public static readonly string? None = null;

        protected Sample(int first, string? second = null)
        {
        }

        public event EventHandler? Changed;

        public required IReadOnlyList<string?> Names { get; init; }

        public (string Name, long[] Sizes) Pair { get; protected set; }

        protected abstract int Width { get; set; }

        public int this[int row, int column = 2] => row + column;

        [return: NotNullIfNotNull(nameof(value))]
        public static string? Echo(string? value, [CallerMemberName] string caller = "") => value;

        public static bool TryGet([NotNullWhen(true)] out string? value) => (value = null) is not null;

        public virtual T Make<T, TKey>(TKey key)
            where T : class, IDisposable, new()
            where TKey : notnull => new();

        public ref readonly int Reference(in int a, ref long b, out byte c, params int[] rest)
        {
            c = 0;
            return ref rest[0];
        }

        int IComparable<string>.CompareTo(string? other) => 0;

        private protected void Hidden()
        {
        }
    }
#pragma warning restore
}
