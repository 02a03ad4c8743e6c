namespace BpfInteractive;

/// <summary>The processes, told apart by pid, start and exec, and their threads.</summary>
internal sealed class ProcessTable
{
    private readonly Dictionary<(int Pid, long StartNs, int Exec), int> _numbers = [];
    private readonly List<ProfileProcess> _processes = [];
    private readonly Dictionary<(int Process, int Tid, string Comm), int> _threads = [];
    private readonly ColumnsBuilder _threadRows = new("threads");
    private readonly ColumnBuilder<int> _threadProcesses;
    private readonly ColumnBuilder<int> _tids;
    private readonly TextColumnBuilder _threadComms;

    internal ProcessTable()
    {
        _threadProcesses = _threadRows.Add<int>("process");
        _tids = _threadRows.Add<int>("tid", ColumnFormat.Pid);
        _threadComms = _threadRows.AddText("comm");
    }

    internal int Count => _processes.Count;

    internal ProfileProcess this[int process]
    {
        get => _processes[process];
        set => _processes[process] = value;
    }

    internal int Add(ProfileProcess process)
    {
        var key = (process.Pid, process.StartNs, process.Exec);
        if (!_numbers.TryGetValue(key, out var number))
        {
            number = _processes.Count;
            _numbers.Add(key, number);
            _processes.Add(process);
        }

        return number;
    }

    internal int AddThread(int process, int tid, string comm)
    {
        if (!_threads.TryGetValue((process, tid, comm), out var number))
        {
            number = _threads.Count;
            _threads.Add((process, tid, comm), number);
            _threadProcesses.Append(process);
            _tids.Append(tid);
            _threadComms.Append(comm);
        }

        return number;
    }

    internal Columns ThreadsToColumns() => _threadRows.ToColumns();

    internal Columns ToColumns()
    {
        var rows = new ColumnsBuilder("processes");
        var pids = rows.Add<int>("pid", ColumnFormat.Pid);
        var starts = rows.Add<long>("start", ColumnFormat.Nanoseconds);
        var execs = rows.Add<int>("exec");
        var parents = rows.Add<int>("ppid", ColumnFormat.Pid);
        var comms = rows.AddText("comm");
        var commandLines = rows.AddText("command_line");
        var cgroups = rows.AddText("cgroup");
        var namespacePids = rows.AddList<int>("namespace_pids", ColumnFormat.Pid);
        var mms = rows.Add<int>("mm");
        foreach (var process in _processes)
        {
            pids.Append(process.Pid);
            starts.Append(process.StartNs);
            execs.Append(process.Exec);
            parents.Append(process.ParentPid);
            comms.Append(process.Comm);
            commandLines.Append(process.CommandLine);
            cgroups.Append(process.Cgroup);
            namespacePids.Append<int>(process.NamespacePids.ToArray());
            mms.Append(process.Mm);
        }

        return rows.ToColumns();
    }
}
