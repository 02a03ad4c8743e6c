namespace BpfInteractive.Tests.Charts;

/// <summary>Address spaces made up for a test, as columns.</summary>
internal static class Spaces
{
    internal static Columns Of(params (ulong Start, ulong End, string Permissions, string Kind, string? Path)[] vmas) => new("vmas",
    [
        new Column<ulong>("start", [.. vmas.Select(vma => vma.Start)], ColumnFormat.Address),
        new Column<ulong>("end", [.. vmas.Select(vma => vma.End)], ColumnFormat.Address),
        TextColumn.Of("perms", vmas.Select(vma => vma.Permissions)),
        TextColumn.Of("path", vmas.Select(vma => vma.Path)),
        TextColumn.Of("kind", vmas.Select(vma => vma.Kind)),
    ]);

    /// <summary>Pages in turn of a file, anonymous and reserved, one page apart.</summary>
    internal static Columns Many(int count) => Of([.. Enumerable.Range(0, count).Select(at =>
    {
        var start = 0x7f00_0000_0000 + ((ulong)at * 0x2000);
        return (start, start + 0x1000, at % 3 == 2 ? "---p" : "rw-p", at % 3 == 0 ? "file" : "anon", at % 3 == 0 ? "/lib/a.so" : null);
    })]);
}
