using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace DiTFastAttn.Generators.Diagnostics;

/// <summary>A place in a source file as plain data: a <see cref="Location"/> would keep its syntax tree alive.</summary>
internal sealed record LocationRecord(string Path, TextSpan Span, LinePositionSpan Lines)
{
    public static LocationRecord? Of(Location? location)
        => location?.SourceTree is { } tree
            ? new LocationRecord(tree.FilePath, location.SourceSpan, location.GetLineSpan().Span)
            : null;

    public static LocationRecord? Of(SyntaxNode? node) => Of(node?.GetLocation());

    public Location ToLocation() => Location.Create(Path, Span, Lines);
}
