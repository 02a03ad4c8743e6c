namespace BpfInteractive;

/// <content>What is read out of a profile.</content>
public sealed partial class Profile
{
    private StackGroups? _groups;

    internal StackGroups Groups => _groups ??= new StackGroups(this);

    /// <summary>How values are printed.</summary>
    internal ColumnFormat ValueFormat => Info.ValueUnit switch
    {
        "nanoseconds" => ColumnFormat.Nanoseconds,
        "bytes" => ColumnFormat.Bytes,
        _ => ColumnFormat.None,
    };

    /// <summary>How many samples there are, how well their frames are known, and what was missed.</summary>
    public ProfileSummary Summarize() => ProfileSummary.Of(this);

    /// <summary>The samples as a table: <c>time, cpu, pid, tid, comm, thread, kernel_mode, leaf, stack, value, period</c>. A stack is text in the folded form.</summary>
    public Columns SampleColumns() => ProfileRows.Samples(this);

    /// <summary>The distinct stacks as a table: <c>comm, stack, depth, samples, value</c>; the heaviest first.</summary>
    public Columns StackColumns() => ProfileRows.Stacks(this);

    /// <summary>
    /// The functions as a table: <c>function, module, kind, reason, self, total, self_samples, total_samples</c>; the heaviest self first. Self is what weighs on the function
    /// alone, total also what it called; recursion counts once.
    /// </summary>
    public Columns FunctionColumns() => FunctionTotals.Of(this);

    /// <summary>
    /// The lines of source as a table: <c>function, file, line, self, total, self_samples, total_samples</c> and <c>source</c>, the line's text where its file is on this machine; the
    /// heaviest self first. Lines are known where they were asked for (<see cref="ProfilerOptions.Lines"/>, <see cref="SymbolizerOptions.Lines"/>); what has none stands under its function alone.
    /// </summary>
    /// <param name="withSource">Whether source files are read. Only files that everybody may read, or this user's own.</param>
    public Columns LineColumns(bool withSource = true) => LineTotals.Of(this, withSource);

    /// <summary>Who calls a function (a frame's whole text): <c>caller, module, kind, reason, value, samples</c>.</summary>
    public Columns CallersOf(string function) => Neighbours.Of(this, function, -1);

    /// <summary>Whom a function (a frame's whole text) calls: <c>callee, module, kind, reason, value, samples</c>.</summary>
    public Columns CalleesOf(string function) => Neighbours.Of(this, function, +1);

    /// <summary>The tree of calls, the processes' names first.</summary>
    public CallTree ToCallTree() => CallTree.Of(this);

    /// <summary>The stacks in the folded form, as flamegraph.pl takes them: the process's name, the frames from the root on, ';' between them, and a count.</summary>
    /// <param name="output">Gets a line a stack, in order of the text.</param>
    /// <param name="byValue">Whether the count is the value rather than the number of samples.</param>
    public void WriteFolded(TextWriter output, bool byValue = false)
    {
        ArgumentNullException.ThrowIfNull(output);
        var stacks = StackColumns();
        var (comms, texts) = (stacks.Text("comm"), stacks.Text("stack"));
        var counts = stacks.Values<long>(byValue ? "value" : "samples").ToArray();
        var lines = Enumerable.Range(0, stacks.RowCount).Select(row =>
        {
            var comm = StackTexts.Escape(comms[row]!);
            return (Text: texts[row]!.Length == 0 ? comm : $"{comm};{texts[row]}", Count: counts[row]);
        });
        foreach (var (text, count) in lines.OrderBy(line => line.Text, StringComparer.Ordinal))
        {
            output.Write(FormattableString.Invariant($"{text} {count}\n"));
        }
    }

    /// <summary>Some of the samples. The losses stay: they concern the whole.</summary>
    public Profile Filter(ProfileFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var isWanted = filter.For(this);
        return Filter(isWanted);
    }

    /// <summary>The samples of several profiles together: the same code is one location, processes stay apart, losses add up.</summary>
    /// <exception cref="ArgumentException">Their values are of different kinds.</exception>
    public Profile Merge(params IEnumerable<Profile> others) => ProfileMerge.Of([this, .. others]);

    /// <summary>This profile beside a later one.</summary>
    /// <exception cref="ArgumentException">Their values have different units.</exception>
    public ProfileDifference DifferenceTo(Profile after)
    {
        ArgumentNullException.ThrowIfNull(after);
        return new ProfileDifference(this, after);
    }

    /// <summary>The samples whose row is wanted.</summary>
    internal Profile Filter(Func<int, bool> isWanted)
    {
        int[] rows = [.. Enumerable.Range(0, SampleCount).Where(isWanted)];
        return new Profile(Info, Tables with { Samples = Tables.Samples.Rows(rows) }, Names, Losses);
    }

    /// <summary>The first functions as a table, and the summary.</summary>
    public override string ToString() => $"{FunctionColumns().Select("function", "module", "kind", "self", "total").ToTable(20)}{Summarize()}\n";
}
