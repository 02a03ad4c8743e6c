namespace BpfInteractive;

/// <summary>Which samples of a profile are wanted; what is not set takes all.</summary>
public sealed record ProfileFilter
{
    /// <summary>Only of this process (host pid).</summary>
    public int? Pid { get; init; }

    /// <summary>Only of this thread (host tid).</summary>
    public int? Tid { get; init; }

    /// <summary>Only of processes, or threads, with this name.</summary>
    public string? Comm { get; init; }

    /// <summary>Only from this time after the start on.</summary>
    public TimeSpan? From { get; init; }

    /// <summary>Only before this time after the start.</summary>
    public TimeSpan? To { get; init; }

    /// <summary>Only where this text is in one frame of the stack (its name, or <c>libc.so.6+0x2a1b0</c>); upper and lower case are the same.</summary>
    public string? Function { get; init; }

    internal Func<int, bool> For(Profile profile)
    {
        var samples = profile.Tables.Samples;
        var isThreadWanted = ThreadsOf(profile);
        var isStackWanted = Function is null ? null : StacksOf(profile, Function);
        var times = samples.Values<long>("time").ToArray();
        var threads = samples.Values<int>("thread").ToArray();
        var user = samples.Values<int>("user_stack").ToArray();
        var kernel = samples.Values<int>("kernel_stack").ToArray();
        var from = From is { } begin ? profile.Info.Start.MonotonicNs + (begin.Ticks * 100) : long.MinValue;
        var to = To is { } end ? profile.Info.Start.MonotonicNs + (end.Ticks * 100) : long.MaxValue;
        return row => isThreadWanted[threads[row]] && times[row] >= from && times[row] < to
            && (isStackWanted is null || (user[row] >= 0 && isStackWanted[user[row]]) || (kernel[row] >= 0 && isStackWanted[kernel[row]]));
    }

    private bool[] ThreadsOf(Profile profile)
    {
        var processOf = profile.Tables.Threads.Values<int>("process");
        var tids = profile.Tables.Threads.Values<int>("tid");
        var comms = profile.Tables.Threads.Text("comm");
        var pids = profile.Tables.Processes.Values<int>("pid");
        var processComms = profile.Tables.Processes.Text("comm");
        var wanted = new bool[tids.Length];
        for (var thread = 0; thread < wanted.Length; thread++)
        {
            var process = processOf[thread];
            wanted[thread] = (Pid is null || pids[process] == Pid) && (Tid is null || tids[thread] == Tid)
                && (Comm is null || comms[thread] == Comm || processComms[process] == Comm);
        }

        return wanted;
    }

    // A stack has the function when its caller's stack has, or its own frame is it; callers stand before.
    private static bool[] StacksOf(Profile profile, string function)
    {
        var frames = profile.Frames;
        var isFrameWanted = new bool[frames.Count];
        for (var frame = 0; frame < isFrameWanted.Length; frame++)
        {
            isFrameWanted[frame] = frames[frame].Text.Contains(function, StringComparison.OrdinalIgnoreCase);
        }

        var callers = profile.Tables.Stacks.Values<int>("caller");
        var locations = profile.Tables.Stacks.Values<int>("location");
        var wanted = new bool[callers.Length];
        for (var stack = 0; stack < wanted.Length; stack++)
        {
            wanted[stack] = isFrameWanted[frames.OfLocation(locations[stack])] || frames.InlinedAt(locations[stack]).Any(frame => isFrameWanted[frame]) || (callers[stack] >= 0 && wanted[callers[stack]]);
        }

        return wanted;
    }
}
