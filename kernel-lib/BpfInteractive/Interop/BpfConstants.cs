namespace BpfInteractive.Interop;

/// <summary>Commands of bpf(2) that this library calls itself (enum bpf_cmd).</summary>
internal enum BpfCommand
{
    MapCreate = 0,
    ProgramLoad = 5,
    GetInfoByFd = 15,
    RawTracepointOpen = 17,
    BtfLoad = 18,
    LinkCreate = 28,
    LinkUpdate = 29,
    EnableStats = 32,
    IteratorCreate = 33,
    LinkDetach = 34,
}

/// <summary>Program types by their numbers (enum bpf_prog_type).</summary>
internal enum KernelProgramType : uint
{
    SocketFilter = 1,
    Kprobe = 2,
    SchedCls = 3,
    Tracepoint = 5,
    Xdp = 6,
    PerfEvent = 7,
    CgroupSkb = 8,
    RawTracepoint = 17,
    Tracing = 26,
    StructOps = 27,
    Lsm = 29,
    Syscall = 31,
    Netfilter = 32,
}

/// <summary>Attach types by their numbers (enum bpf_attach_type).</summary>
internal enum KernelAttachType : uint
{
    /// <summary>None asked for; also BPF_CGROUP_INET_INGRESS.</summary>
    Default = 0,

    TraceRawTracepoint = 23,
    TraceFentry = 24,
    TraceFexit = 25,
    ModifyReturn = 26,
    LsmMac = 27,
    TraceIterator = 28,
    Xdp = 37,
    PerfEvent = 41,
    TraceKprobeMulti = 42,
    LsmCgroup = 43,
    Netfilter = 45,
    TcxIngress = 46,
    TcxEgress = 47,
    TraceUprobeMulti = 48,
    NetkitPrimary = 54,
    NetkitPeer = 55,
    TraceKprobeSession = 56,
    TraceUprobeSession = 57,
}
