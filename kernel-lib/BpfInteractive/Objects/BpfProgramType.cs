namespace BpfInteractive;

/// <summary>The kernel's program types (<c>enum bpf_prog_type</c>).</summary>
public enum BpfProgramType
{
    /// <summary>Not known: libbpf does not know the section name.</summary>
    Unspecified = 0,

    /// <summary>Filters the packets of a socket.</summary>
    SocketFilter = 1,

    /// <summary>kprobe, kretprobe, uprobe, uretprobe and USDT.</summary>
    Kprobe = 2,

    /// <summary>A traffic control classifier (TC, tcx, netkit).</summary>
    SchedCls = 3,

    /// <summary>A traffic control action.</summary>
    SchedAct = 4,

    /// <summary>A tracepoint by category and name.</summary>
    Tracepoint = 5,

    /// <summary>A packet at the driver, before the stack.</summary>
    Xdp = 6,

    /// <summary>A sample of a perf event.</summary>
    PerfEvent = 7,

    /// <summary>Packets of a cgroup.</summary>
    CgroupSkb = 8,

    /// <summary>Sockets made in a cgroup.</summary>
    CgroupSock = 9,

    /// <summary>Light-weight tunnel, input.</summary>
    LwtIn = 10,

    /// <summary>Light-weight tunnel, output.</summary>
    LwtOut = 11,

    /// <summary>Light-weight tunnel, transmit.</summary>
    LwtXmit = 12,

    /// <summary>TCP events of a cgroup.</summary>
    SockOps = 13,

    /// <summary>Stream parser or verdict of a sockmap.</summary>
    SkSkb = 14,

    /// <summary>Device access of a cgroup.</summary>
    CgroupDevice = 15,

    /// <summary>Messages sent on sockets of a sockmap.</summary>
    SkMsg = 16,

    /// <summary>A tracepoint with raw arguments.</summary>
    RawTracepoint = 17,

    /// <summary>bind, connect, sendmsg and so on of a cgroup.</summary>
    CgroupSockAddr = 18,

    /// <summary>Segment routing.</summary>
    LwtSeg6Local = 19,

    /// <summary>Infrared decoders.</summary>
    LircMode2 = 20,

    /// <summary>Chooses a socket of a reuseport group.</summary>
    SkReuseport = 21,

    /// <summary>Dissects packets into flow keys.</summary>
    FlowDissector = 22,

    /// <summary>sysctl access of a cgroup.</summary>
    CgroupSysctl = 23,

    /// <summary>A tracepoint with raw arguments, some writable.</summary>
    RawTracepointWritable = 24,

    /// <summary>Socket options of a cgroup.</summary>
    CgroupSockopt = 25,

    /// <summary>fentry, fexit, fmod_ret, tp_btf and iterators.</summary>
    Tracing = 26,

    /// <summary>A function of a kernel structure of operations.</summary>
    StructOps = 27,

    /// <summary>Replaces a function of another BPF program.</summary>
    Ext = 28,

    /// <summary>A security hook.</summary>
    Lsm = 29,

    /// <summary>Socket look-up of a network namespace.</summary>
    SkLookup = 30,

    /// <summary>Run by BPF_PROG_RUN from user space; may sleep.</summary>
    Syscall = 31,

    /// <summary>A netfilter hook.</summary>
    Netfilter = 32,
}
