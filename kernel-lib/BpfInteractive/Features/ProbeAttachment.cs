using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Attaches a probe's tiny program for a moment, each way that the library attaches. The descriptors live inside the call.</summary>
internal static unsafe class ProbeAttachment
{
    /// <summary>Loads the program and attaches it; yes when both worked.</summary>
    internal static ProbeAnswer Try(ProbeProgram kind, Func<int, int> attach, Func<int, ProbeAnswer?>? explain = null, Capability[]? needs = null)
    {
        using var program = kind.Load(out var refusal);
        return program is null ? refusal : TryAttach(program, kind, attach, explain, needs);
    }

    private static ProbeAnswer TryAttach(
        FileDescriptor program, ProbeProgram kind, Func<int, int> attach, Func<int, ProbeAnswer?>? explain, Capability[]? needs)
    {
        var fd = attach(program.Value);
        if (fd < 0)
        {
            return explain?.Invoke(-fd) ?? Refusal.Explain("attaching it", -fd, log: "", needs ?? kind.Needs, kind.Instead);
        }

        using var attached = new FileDescriptor(fd);
        return ProbeAnswer.Yes();
    }

    /// <summary>To the program's own BTF target: tp_btf, fentry, fexit, fmod_ret, lsm.</summary>
    internal static int ToBtfTarget(int programFd) => BpfSyscall.OpenRawTracepoint(name: null, programFd);

    /// <summary>By a link of the program's attach type to a target: an interface, a cgroup, or nothing (an iterator).</summary>
    internal static Func<int, int> ByLink(BpfAttachType type, int target = 0) => programFd =>
        BpfSyscall.CreateLink(new() { ProgramFd = (uint)programFd, Target = (uint)target, AttachType = (uint)type });

    /// <summary>An iterator's link; its first descriptor is made too, so that the whole way is known.</summary>
    internal static int AsIterator(int programFd) => OpenIterator(ByLink(BpfAttachType.TraceIter)(programFd));

    /// <summary>The same for cgroups, which must be told an order: the first word, 1 for the one cgroup alone (BPF_CGROUP_ITER_SELF_ONLY).</summary>
    internal static int AsCgroupIterator(int programFd) => AsIteratorOf(programFd, 1);

    /// <summary>The same for a map's entries, which must be told the map: here a tiny one.</summary>
    internal static int AsMapIterator(int programFd)
    {
        var map = BpfSyscall.CreateMap(new() { MapType = 2 /* array */, KeySize = 4, ValueSize = 4, MaxEntries = 1 });
        if (map < 0)
        {
            return map;
        }

        using var owned = new FileDescriptor(map);
        return AsIteratorOf(programFd, (uint)map);
    }

    /// <param name="programFd">The program.</param>
    /// <param name="target">The first word of union bpf_iter_link_info: what is walked.</param>
    private static int AsIteratorOf(int programFd, uint target)
    {
        // SAFETY: the parameters (order or map, descriptor, id) live on this frame until the call has returned.
        var parameters = stackalloc uint[4] { target, 0, 0, 0 };
        return OpenIterator(BpfSyscall.CreateLink(new()
        {
            ProgramFd = (uint)programFd,
            AttachType = (uint)BpfAttachType.TraceIter,
            IteratorInfo = (ulong)parameters,
            IteratorInfoSize = 4 * sizeof(uint),
        }));
    }

    private static int OpenIterator(int link)
    {
        if (link < 0)
        {
            return link;
        }

        using var owned = new FileDescriptor(link);
        return BpfSyscall.CreateIterator(link);
    }

    /// <summary>To a perf event: the event's descriptor owns the attachment.</summary>
    internal static Func<int, int> ToPerfEvent(PerfEventAttributes attributes, int pid = -1, int cpu = 0) => programFd =>
    {
        attributes.Flags |= PerfEventAttributes.FlagDisabled;
        var fd = Libc.perf_event_open(ref attributes, pid, cpu);
        if (fd < 0)
        {
            return fd;
        }

        if (Libc.ioctl(fd, Libc.PERF_EVENT_IOC_SET_BPF, programFd) == 0)
        {
            return fd;
        }

        var errno = Errno.Last;
        _ = Libc.close(fd);
        return -errno;
    };
}
