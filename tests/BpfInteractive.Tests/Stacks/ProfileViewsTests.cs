namespace BpfInteractive.Tests.Stacks;

/// <summary>What is read out of a profile whose every number is known.</summary>
public sealed class ProfileViewsTests
{
    private const long Weight = HandmadeProfile.Weight;

    private readonly Profile _profile = HandmadeProfile.Named();

    [Fact]
    public void Functions_have_self_and_total_and_recursion_counts_once()
    {
        var functions = _profile.FunctionColumns();
        var rows = Enumerable.Range(0, functions.RowCount).ToDictionary(
            row => functions.Text("function")[row]!,
            row => (Self: functions.Values<long>("self")[row] / Weight, Total: functions.Values<long>("total")[row] / Weight, Kind: functions.Text("kind")[row], Reason: functions.Text("reason")[row]));

        Assert.Equal((4L, 4L, "user", null), rows["work<int>"]);
        Assert.Equal((2L, 9L, "user", null), rows["main"]);
        Assert.Equal((2L, 2L, "kernel", null), rows["do_read"]);
        Assert.Equal((0L, 2L, "kernel", null), rows["entry_SYSCALL_64"]);
        Assert.Equal((0L, 2L, "user", "no symbols"), rows["libc.so.6+0x140"]);
        Assert.Equal((1L, 1L, "jit", "JIT without map"), rows.Single(row => row.Value.Kind == "jit").Value);
        Assert.Equal((1L, 1L, "unmapped", "unmapped"), rows["[unmapped]"]);
        Assert.Equal(10, rows.Values.Sum(row => row.Self));
        Assert.Equal(3, functions.Losses.Total);
    }

    [Fact]
    public void Folded_stacks_are_those_of_flamegraph_pl()
    {
        using var text = new StringWriter();
        _profile.WriteFolded(text);

        Assert.Equal(
            """
            app;main;[jit]+0x7f1100000010_[j] 1
            app;main;libc.so.6+0x140;entry_SYSCALL_64_[k];do_read_[k] 2
            app;main;work<int>;work<int> 4
            two: parts;[unmapped] 1
            two: parts;main 2

            """,
            text.ToString());
    }

    [Fact]
    public void Callers_and_callees_are_one_step_away()
    {
        Assert.Equal([("main", 4 * Weight), ("work<int>", 4 * Weight)], Rows(_profile.CallersOf("work<int>"), "caller"));
        Assert.Equal([("work<int>", 4 * Weight), ("libc.so.6+0x140", 2 * Weight)], Rows(_profile.CalleesOf("main"), "callee").Take(2));

        static IEnumerable<(string, long)> Rows(Columns columns, string name) =>
            Enumerable.Range(0, columns.RowCount).Select(row => (columns.Text(name)[row]!, columns.Values<long>("value")[row])).ToArray();
    }

    [Fact]
    public void The_tree_adds_up_from_the_leaves_to_the_processes()
    {
        var tree = _profile.ToCallTree();
        var nodes = tree.Nodes.ToList();

        Assert.Equal(_profile.TotalValue, tree.Total);
        Assert.Equal([("app", 7 * Weight, 7L), ("two; parts", 3 * Weight, 3L)], nodes.Where(node => node.Parent < 0).Select(node => (node.Text, node.Total, node.Samples)));
        Assert.All(nodes.Index(), entry =>
        {
            Assert.True(entry.Item.Parent < entry.Index);
            Assert.Equal(entry.Item.Total, entry.Item.Self + nodes.Where(child => child.Parent == entry.Index).Sum(child => child.Total));
        });
    }

    [Fact]
    public void The_summary_counts_leaves_frames_and_reasons()
    {
        var summary = _profile.Summarize();

        Assert.Equal((10L, 2, 5), (summary.Samples, summary.Processes, summary.Stacks));
        Assert.Equal((8L, 7L, 6L), (summary.UserLeaves, summary.UserLeavesMapped, summary.UserLeavesNamed));
        Assert.Equal((25L, 21L), (summary.Frames, summary.FramesNamed));
        Assert.Equal([(FrameReason.NoSymbols, 2L), (FrameReason.Unmapped, 1L), (FrameReason.NoPerfMap, 1L)], summary.Unnamed);
        Assert.Contains("lost: 3 samples dropped", summary.ToString(), StringComparison.Ordinal);
        Assert.Contains("87.5 % mapped, 75 % named", summary.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_takes_what_it_says_and_keeps_the_losses()
    {
        Assert.Equal(7, Count(new ProfileFilter { Pid = 10 }));
        Assert.Equal(3, Count(new ProfileFilter { Tid = 11 }));
        Assert.Equal(3, Count(new ProfileFilter { Comm = "worker" }));
        Assert.Equal(7, Count(new ProfileFilter { Comm = "app" }));
        Assert.Equal(4, Count(new ProfileFilter { Function = "WORK" }));
        Assert.Equal(2, Count(new ProfileFilter { Function = "do_read" }));
        Assert.Equal(3, Count(new ProfileFilter { From = TimeSpan.FromMilliseconds(100), To = TimeSpan.FromMilliseconds(400) }));
        Assert.Equal(0, Count(new ProfileFilter { Pid = 10, Comm = "two; parts" }));
        Assert.Equal(3, _profile.Filter(new ProfileFilter { Pid = 10 }).Losses.Total);

        int Count(ProfileFilter filter) => _profile.Filter(filter).SampleCount;
    }

    [Fact]
    public void Samples_and_stacks_are_flat_tables()
    {
        var samples = _profile.SampleColumns();
        var stacks = _profile.StackColumns();

        Assert.Equal(("app", 10, "main;work<int>;work<int>", "work<int>"), (samples.Text("comm")[0], samples.Values<int>("pid")[0], samples.Text("stack")[0], samples.Text("leaf")[0]));
        Assert.Equal("do_read_[k]", samples.Text("leaf")[4]);
        Assert.Equal((5, 3, 4 * Weight), (stacks.RowCount, stacks.Values<int>("depth")[0], stacks.Values<long>("value")[0]));
    }

    [Fact]
    public void Merging_keeps_code_once_and_processes_apart_and_takes_the_names_there_are()
    {
        var merged = HandmadeProfile.Make().Merge(_profile);

        Assert.Equal(20, merged.SampleCount);
        Assert.Equal(6, merged.Losses.Total);
        Assert.Equal(4, merged.Tables.Processes.RowCount);
        Assert.Equal(20, merged.FunctionColumns().Values<long>("self").ToArray().Sum() / Weight);
        Assert.Equal(8, merged.Filter(new ProfileFilter { Function = "work<int>" }).SampleCount);

        // The kernel and the two files are one; run-time code and unmapped addresses are of their own address space.
        Assert.Equal(3 + (2 * 2), merged.Tables.Files.RowCount);
        Assert.Equal(merged.Tables.Mms.RowCount - 1, merged.Tables.Processes.Values<int>("mm")[3]);
    }

    [Fact]
    public void What_does_not_add_up_is_refused()
    {
        var faults = HandmadeProfile.Make(1, new ProfileInfo { ValueType = "faults", ValueUnit = "count" });

        Assert.Contains("do not add up", Assert.Throws<ArgumentException>(() => _profile.Merge(faults)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _profile.DifferenceTo(faults));
    }

    [Fact]
    public void A_difference_compares_shares_by_name()
    {
        var difference = HandmadeProfile.Named(3).DifferenceTo(_profile.Filter(new ProfileFilter { Pid = 20 }));
        var rows = difference.FunctionColumns();

        Assert.Equal(("main", 46.667), (rows.Text("function")[0], rows.Values<double>("change")[0]));
        Assert.Equal(("work<int>", -40.0), (rows.Text("function")[1], rows.Values<double>("change")[1]));
        var process = difference.Nodes.Single(node => node.Text == "two; parts");
        Assert.Equal((9 * Weight, 3 * Weight), (process.Before, process.After));
    }
}
