namespace BpfInteractive;

/// <summary>What a link ties a program to.</summary>
public enum LinkKind
{
    /// <summary>A tracepoint, with the trace event's record as context.</summary>
    Tracepoint,

    /// <summary>A tracepoint, with its raw arguments as context.</summary>
    RawTracepoint,

    /// <summary>A BTF-typed tracepoint (tp_btf), or a kernel function's entry, return or result (fentry, fexit, fmod_ret, freplace).</summary>
    Tracing,

    /// <summary>A security hook.</summary>
    Lsm,

    /// <summary>A kernel function's entry, or an instruction of it.</summary>
    Kprobe,

    /// <summary>A kernel function's return.</summary>
    Kretprobe,

    /// <summary>Entries or returns of many kernel functions by one link.</summary>
    KprobeMulti,

    /// <summary>A user function's entry, or an instruction.</summary>
    Uprobe,

    /// <summary>A user function's return.</summary>
    Uretprobe,

    /// <summary>Entries or returns of many user functions by one link.</summary>
    UprobeMulti,

    /// <summary>A static probe that a program's author put there.</summary>
    Usdt,

    /// <summary>The overflows of perf events: sampling.</summary>
    PerfEvent,

    /// <summary>An iterator, run by reading it.</summary>
    Iterator,

    /// <summary>A cgroup.</summary>
    Cgroup,

    /// <summary>A network interface, at its driver.</summary>
    Xdp,

    /// <summary>A network interface's traffic control, by netlink: the one kind that outlives a killed owner.</summary>
    TrafficControl,

    /// <summary>A network interface's traffic control, by link (tcx).</summary>
    Tcx,

    /// <summary>A netfilter hook.</summary>
    Netfilter,

    /// <summary>A network namespace (sk_lookup, flow_dissector).</summary>
    NetNamespace,

    /// <summary>One socket.</summary>
    Socket,

    /// <summary>A set of kernel operations written in BPF.</summary>
    StructOps,
}
