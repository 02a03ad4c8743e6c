using System.IO.MemoryMappedFiles;
using BpfInteractive.Charts;

namespace BpfInteractive.Tests.Charts;

/// <summary>Charts of real processes.</summary>
public sealed class SnapshotChartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sizes_by_file_are_those_of_the_mappings()
    {
        var snapshot = BpfInteractive.Vmas.Self();
        var figure = Figures.Of(snapshot.SizesChart(top: 5));
        var shown = figure.Traces.SelectMany(trace => Figures.Numbers(trace, "x")).ToList();
        var touchable = snapshot.Where(vma => (vma.Permissions & ~VmaPermissions.Shared) != 0).ToList();
        Assert.Equal(touchable.Sum(vma => (double)vma.SizeBytes), shown.Sum());
        Assert.Equal(6, shown.Count); // five, and the rest as one

        var largestFile = touchable.Where(vma => vma.Kind == VmaKind.File).GroupBy(vma => vma.Path).Max(group => group.Sum(vma => (double)vma.SizeBytes));
        Assert.Contains(largestFile, Figures.Numbers(Figures.Of(snapshot.SizesChart(top: 10_000)).Trace("file"), "x"));
    }

    [Fact]
    public void Two_snapshots_show_what_was_mapped_and_then_what_was_unmapped()
    {
        const long Size = 48 << 20;
        var path = _folder.Write("mapped", "");
        var before = BpfInteractive.Vmas.Self();
        VmaSnapshot with;
        using (var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, Size))
        using (file.CreateViewAccessor())
        {
            with = BpfInteractive.Vmas.Self();
        }

        var after = BpfInteractive.Vmas.Self();
        Assert.Contains(Hovers(before, with, "mapped"), hover => hover.Contains("48 MB", StringComparison.Ordinal) && hover.Contains(path, StringComparison.Ordinal));
        Assert.Contains(Hovers(with, after, "unmapped"), hover => hover.Contains("48 MB", StringComparison.Ordinal) && hover.Contains(path, StringComparison.Ordinal));
        Assert.Contains(" mapped", Figures.Of(before.CompareChart(with)).Title, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_has_grown_is_drawn_as_what_stayed_and_what_is_new()
    {
        using var grower = TestProcess.Start("/bin/bash", "-c", "echo ready; read line; x=$(printf '%*s' 8000000 ''); y=$x$x$x; echo ready2; read line");
        await grower.WaitForOutputAsync("ready\n");
        var before = BpfInteractive.Vmas.Of(grower.Pid);
        grower.WriteLine("go");
        await grower.WaitForOutputAsync("ready2");
        var diff = before.Diff(BpfInteractive.Vmas.Of(grower.Pid));
        Assert.Contains(diff.Changes, change => change.Kind is VmaChangeKind.Grown or VmaChangeKind.Mapped);
        var figure = Figures.Of(before.CompareChart(BpfInteractive.Vmas.Of(grower.Pid)));
        Assert.NotEmpty(Figures.Numbers(figure.Traces.First(trace => trace.GetProperty("name").GetString() is "grown" or "mapped"), "x"));
    }

    [Fact]
    public void Nothing_changed_is_said_and_nothing_drawn()
    {
        var snapshot = BpfInteractive.Vmas.Self();
        var figure = Figures.Of(snapshot.CompareChart(snapshot));
        Assert.Contains("nothing changed", figure.Title, StringComparison.Ordinal);
        Assert.Empty(figure.Traces);
    }

    private static string[] Hovers(VmaSnapshot earlier, VmaSnapshot later, string change) =>
        Figures.Of(earlier.CompareChart(later)).Traces.Where(trace => trace.GetProperty("name").GetString() == change).SelectMany(trace => Figures.Texts(trace, "hovertext")).ToArray();
}
