namespace BpfInteractive.Tests.Compilation;

public sealed class CompileCacheTests
{
    private static readonly SourceDiagnostic Warning = new("cell 1", 3, 4, DiagnosticSeverity.Warning, "unused", "\tint x;")
    {
        Notes = [new SourceDiagnostic("x.h", 1, 1, DiagnosticSeverity.Note, "declared here", null)],
    };

    [Fact]
    public void An_entry_comes_back_as_it_was_written()
    {
        var read = CompileCacheEntry.TryRead(CompileCacheEntry.Write([1, 2, 3], [Warning]))!.Value;
        Assert.Equal([1, 2, 3], read.Object);
        Assert.Equal(Warning.ToString(), Assert.Single(read.Diagnostics).ToString());
        Assert.Null(read.Diagnostics[0].Notes[0].SourceLine);
    }

    [Fact]
    public void A_damaged_entry_is_a_miss()
    {
        var whole = CompileCacheEntry.Write([1, 2, 3], [Warning]);
        for (var index = 0; index < whole.Length; index++)
        {
            var copy = (byte[])whole.Clone();
            copy[index] ^= 0x10;
            Assert.Null(CompileCacheEntry.TryRead(copy));
            Assert.Null(CompileCacheEntry.TryRead(whole[..index]));
        }
    }
}
