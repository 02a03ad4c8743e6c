using System.Globalization;
using System.Text;

namespace BpfInteractive.Tests.Vmas;

/// <summary>What can be done with a snapshot, on ones made of recorded text.</summary>
public sealed class VmaSnapshotTests
{
    private const string Before = """
        1000-2000 r-xp 00000000 fe:00 7                          /bin/a
        2000-3000 rw-p 00001000 fe:00 7                          /bin/a
        5000-6000 rw-p 00000000 00:00 0                          [heap]
        8000-9000 r--p 00000000 00:00 0 
        a000-b000 r--p 00000000 fe:00 9                          /lib/b
        f000-10000 rw-p 00000000 00:00 0                         [stack]
        """;

    private const string After = """
        1000-2000 r-xp 00000000 fe:00 7                          /bin/a
        2000-3000 r--p 00001000 fe:00 7                          /bin/a
        5000-7000 rw-p 00000000 00:00 0                          [heap]
        a000-b000 r--p 00000000 fe:00 10                         /lib/c
        c000-d000 rw-p 00000000 00:00 0 
        e000-10000 rw-p 00000000 00:00 0                         [stack]
        """;

    [Theory]
    [InlineData(0x0fff, -1)]
    [InlineData(0x1000, 0)]
    [InlineData(0x1fff, 0)]
    [InlineData(0x2000, 1)]
    [InlineData(0x3000, -1)]
    [InlineData(0x8800, 3)]
    [InlineData(0xffff, 5)]
    [InlineData(0x10000, -1)]
    [InlineData(ulong.MaxValue, -1)]
    public void An_address_is_found_in_its_VMA(ulong address, int index)
    {
        var snapshot = Of(Before);
        Assert.Equal(index, snapshot.IndexOf(address));
        Assert.Equal(index < 0 ? null : snapshot[index], snapshot.Find(address));
    }

    [Fact]
    public void Rows_become_the_text_that_they_came_from()
    {
        var text = string.Concat(Before.Split('\n').Select(Padded));
        Assert.Equal(text, Of(Before).ToProcMaps());
    }

    [Fact]
    public void Differences_are_told_apart()
    {
        var diff = Of(Before).Diff(Of(After));
        Assert.Equal(
            ["protected 2000", "grown 5000", "unmapped 8000", "replaced a000", "mapped c000", "grown e000"],
            diff.Changes.Select(change => $"{change.Kind.ToString().ToLowerInvariant()} {(change.After ?? change.Before)!.Start:x}"));
        Assert.Equal(1, diff.Same);
        Assert.Equal([0, 0x1000, -0x1000, 0, 0x1000, 0x1000], diff.Changes.Select(change => change.SizeBytes));
        Assert.Equal(6, diff.Columns.RowCount);
        Assert.Empty(Of(Before).Diff(Of(Before)).Changes);
    }

    [Fact]
    public void Columns_begin_as_the_lines_of_proc_do() =>
        Assert.Equal(["start", "end", "perms", "offset", "dev", "inode", "path", "kind"], Of(Before).Columns.Take(8).Select(column => column.Name));

    [Fact]
    public void Memory_without_a_name_has_no_path_and_no_kernel_file()
    {
        var columns = Of(Before).Columns;
        Assert.True(columns["path"].IsNull(3));
        Assert.False(columns["path"].IsNull(4));
        Assert.True(columns["kernel_inode"].IsNull(3));
        Assert.True(columns["generation"].IsNull(0));
    }

    [Theory]
    [InlineData("1 (a) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4321 4096 1 0 0 0 140737", "a", 'S', 4321UL)]
    [InlineData("1 (a) b) (c) Z 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 9 4096 1 0 0 0 140737", "a) b) (c", 'Z', 9UL)]
    [InlineData("1 () R 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 9 4096 1 0 0 0 140737", "", 'R', 9UL)]
    public void A_process_name_may_hold_parentheses(string stat, string name, char state, ulong ticks)
    {
        var facts = ProcessFacts.Parse(Encoding.UTF8.GetBytes(stat));
        Assert.Equal((name, state, ticks * 10_000_000), (facts!.Name, facts.State, facts.StartTimeNs));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1 a S")]
    [InlineData("1 )a( S 1 2 3")]
    [InlineData("1 (a) S 0 1")]
    public void A_broken_stat_line_is_refused(string stat) => Assert.Null(ProcessFacts.Parse(Encoding.UTF8.GetBytes(stat)));

    [Fact]
    public void Engines_go_by_their_names()
    {
        foreach (var engine in Enum.GetValues<VmaEngine>())
        {
            Assert.Equal(engine, VmaEngines.Parse(VmaEngines.NameOf(engine)));
        }

        Assert.Contains("open-coded", Assert.Throws<ArgumentException>(() => VmaEngines.Parse("nothing")).Message, StringComparison.Ordinal);
    }

    private static string Padded(string line)
    {
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(line);
        Assert.True(ProcMapsParser.TryParse(bytes, out var vma));
        var head = string.Create(CultureInfo.InvariantCulture, $"{vma.Start:x8}-{vma.End:x8} {line.Split(' ')[1]} {vma.Offset:x8} {line.Split(' ')[3]} {vma.Inode} ");
        return (vma.Name.IsEmpty ? head : head.PadRight(73) + Encoding.UTF8.GetString(vma.Name)) + "\n";
    }

    private static VmaSnapshot Of(string text)
    {
        var table = new VmaTable();
        var names = new VmaTextNames(table, "/proc/self");
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(text + "\n");
        while (ProcMapsParser.TryTakeLine(ref rest, out var line))
        {
            Assert.True(ProcMapsParser.TryParse(line, out var vma));
            table.Add(vma.Start, vma.End, vma.Permissions, vma.Offset, names.NumberOf(vma.Name, vma.Device, vma.Inode, false, null));
        }

        var taking = new VmaTaking { Engine = VmaEngine.ProcMaps, KernelTime = TimeSpan.Zero, Seen = table.Count, OneMoment = false, Unknown = [] };
        return new VmaSnapshot(new VmaTarget(1, "a", VmaTargetState.Alive, 0), taking, table.ToColumns("vmas", Losses.None));
    }
}
