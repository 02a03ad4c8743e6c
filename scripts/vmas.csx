#!/usr/bin/env -S scripts/bpfi run
// The address space of a process: every VMA with what it is, by any engine that this kernel has.
//
//   sudo scripts/bpfi run scripts/vmas.csx [-- PID] [--engine NAME] [--all] [--json]
#if !FILE_BASED
#r "nuget: BpfInteractive, 0.1.*"
#r "nuget: BpfInteractive.Analysis, 0.1.*"
#endif
using BpfInteractive;
using BpfInteractive.Analysis;

const string Usage = """
    usage: vmas [PID] [--engine NAME] [--all] [--json]
    Prints the address space of a process (its own without PID), or with --all the size of every process's by kind of memory.
      --engine NAME  how it is read: Auto (the best that works here), OpenCoded, TaskVmaIterator, FindVma, ProcMaps, ...
      --json         the rows as JSON
    """;
var words = Args.ToList();
var json = words.Remove("--json");
var all = words.Remove("--all");
var engine = VmaEngine.Auto;
var named = words.IndexOf("--engine");
var fine = named < 0 || (named + 1 < words.Count && Enum.TryParse(words[named + 1], ignoreCase: true, out engine));
if (named >= 0 && fine)
{
    words.RemoveRange(named, 2);
}

var pid = Environment.ProcessId;
if (!fine || words.Count > (all ? 0 : 1) || (words.Count == 1 && (!int.TryParse(words[0], out pid) || pid <= 0)))
{
    var wantsHelp = words.Contains("--help");
    (wantsHelp ? Console.Out : Console.Error).WriteLine(Usage);
    return wantsHelp ? 0 : 2;
}

var rows = all ? Vmas.OfAll(new() { Engine = engine }).Columns : Vmas.Of(pid, new() { Engine = engine }).Columns;
if (all)
{
    // A row for each process and kind of memory: a DataFrame groups, the columns keep their formats.
    var sizes = new ColumnsBuilder("sizes");
    var (process, kind, bytes) = (sizes.AddText("process"), sizes.AddText("kind"), sizes.Add<ulong>("size", ColumnFormat.Bytes));
    var (pids, kinds) = (rows.Values<int>("pid").ToArray(), rows["kind"]);
    var (starts, ends) = (rows.Values<ulong>("start").ToArray(), rows.Values<ulong>("end").ToArray());
    foreach (var group in Enumerable.Range(0, rows.RowCount).GroupBy(row => (Pid: pids[row], Kind: $"{kinds.GetValue(row)}")).OrderByDescending(group => group.Count()))
    {
        process.Append($"{group.Key.Pid}");
        kind.Append(group.Key.Kind);
        bytes.Append(group.Aggregate(0UL, (sum, row) => sum + ends[row] - starts[row]));
    }

    rows = sizes.ToColumns().WithLosses(rows.Losses);
}

Console.WriteLine(json ? rows.ToJson() : all ? rows.ToTable(40) : rows.Select("start", "end", "perms", "offset", "inode", "kind", "path").ToTable());
return 0;
