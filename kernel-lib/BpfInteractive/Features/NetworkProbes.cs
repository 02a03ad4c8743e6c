using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Programs that see packets and sockets.</summary>
internal static class NetworkProbes
{
    private const int XdpPass = 2;
    private const int ENXIO = 6;
    private const int ENODEV = 19;

    internal static IEnumerable<FeatureProbe> All =>
    [
        new("socket", FeatureCategory.Programs, "packets of one socket", Socket) { Since = "Linux 3.19" },
        new("xdp", FeatureCategory.Programs, "packets as the driver gets them", Xdp) { Since = "Linux 5.9 (by link)" },
        new("tc", FeatureCategory.Programs, "packets at the traffic control layer, by netlink", TrafficControl) { Since = "Linux 4.1" },
        new("tcx", FeatureCategory.Programs, "the same by link: ends with its owner", Tcx) { Since = "Linux 6.6" },
        new("netkit", FeatureCategory.Programs, "packets of a netkit device", Netkit) { Since = "Linux 6.7", Optional = true },
        new("netfilter", FeatureCategory.Programs, "packets at a netfilter hook", Netfilter) { Since = "Linux 6.4", Optional = true },
        new("cgroup", FeatureCategory.Programs, "packets and sockets of a cgroup", Cgroup) { Since = "Linux 4.10; by link 5.7" },
        new("struct_ops", FeatureCategory.Programs, "kernel operations written in BPF (TCP congestion control)", StructOps) { Since = "Linux 5.6", Optional = true },
    ];

    private static ProbeAnswer Socket()
    {
        using var program = new ProbeProgram(BpfProgramType.SocketFilter) { Needs = Refusal.ForMaps }.Load(out var refusal);
        if (program is null)
        {
            return refusal;
        }

        using var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Unspecified);
        var errno = Libc.AttachSocketFilter((int)socket.Handle, program.Value);
        return errno == 0 ? ProbeAnswer.Yes() : Refusal.Explain("attaching it", errno, "", Refusal.ForMaps);
    }

    private static ProbeAnswer Xdp() => OnLoopback(
        new(BpfProgramType.Xdp, BpfAttachType.Xdp) { Result = XdpPass, Needs = Refusal.ForNetwork },
        ProbeAttachment.ByLink(BpfAttachType.Xdp, PrivateNetwork.Loopback));

    private static ProbeAnswer Tcx() => OnLoopback(
        new(BpfProgramType.SchedCls, BpfAttachType.TcxIngress) { Result = -1, Needs = Refusal.ForNetwork, Instead = "use tc" },
        ProbeAttachment.ByLink(BpfAttachType.TcxIngress, PrivateNetwork.Loopback),
        errno => errno is Errno.EINVAL ? ProbeAnswer.No("this kernel has no tcx link", "use tc", errno) : null);

    private static ProbeAnswer TrafficControl() => OnLoopback(
        new(BpfProgramType.SchedCls) { Result = -1, Needs = Refusal.ForNetwork }, TrafficControlProbe.Attach,
        errno => errno is Errno.ENOENT
            ? ProbeAnswer.No("this kernel has no clsact queueing discipline (module sch_ingress) or no BPF classifier (cls_bpf)", "modprobe sch_ingress cls_bpf", errno)
            : null);

    /// <summary>The loopback is no netkit device: a kernel that has netkit says just that, others do not know the attach type.</summary>
    private static ProbeAnswer Netkit() => OnLoopback(
        new(BpfProgramType.SchedCls, BpfAttachType.NetkitPrimary) { Result = -1, Needs = Refusal.ForNetwork },
        ProbeAttachment.ByLink(BpfAttachType.NetkitPrimary, PrivateNetwork.Loopback),
        errno => errno is ENXIO or ENODEV ? ProbeAnswer.Yes() : errno is Errno.EINVAL
            ? ProbeAnswer.No("this kernel is built without netkit devices (CONFIG_NETKIT)", null, errno)
            : null);

    private static ProbeAnswer Netfilter() => OnLoopback(
        new(BpfProgramType.Netfilter, BpfAttachType.Netfilter) { Result = 1, Needs = Refusal.ForNetwork },
        programFd => BpfSyscall.CreateLink(new()
        {
            ProgramFd = (uint)programFd,
            AttachType = (uint)BpfAttachType.Netfilter,
            NetfilterFamily = 2 /* NFPROTO_IPV4 */,
            NetfilterPriority = -128,
        }),
        errno => errno is Errno.EOPNOTSUPP or 97 /* EAFNOSUPPORT */
            ? ProbeAnswer.No("this kernel is built without BPF netfilter links (CONFIG_NETFILTER_BPF_LINK)", "use tc or cgroup", errno)
            : null);

    /// <summary>In a cgroup of its own, which nobody ever enters.</summary>
    private static ProbeAnswer Cgroup()
    {
        var kind = new ProbeProgram(BpfProgramType.CgroupSkb) { Result = 1, Needs = Refusal.ForNetwork };
        using var program = kind.Load(out var refusal);
        if (program is null)
        {
            return refusal;
        }

        if (MountTable.Current.FirstOrDefault(mount => mount.Type == "cgroup2").Path is not { } root)
        {
            return ProbeAnswer.No("no cgroup2 file system is mounted", "mount it as root: mount -t cgroup2 cgroup2 /sys/fs/cgroup");
        }

        return WithCgroup(root, fd => ProbeAttachment.Try(kind, ProbeAttachment.ByLink(BpfAttachType.CgroupInetIngress, fd)));
    }

    private static ProbeAnswer WithCgroup(string root, Func<int, ProbeAnswer> use)
    {
        var path = $"{root}/bpfi-probe-{Environment.ProcessId}-{Environment.CurrentManagedThreadId}";
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ProbeAnswer.Yes("loads; attaching was not tried: no cgroup can be made here");
        }

        try
        {
            using var cgroup = new FileDescriptor(Libc.open(path, Libc.O_DIRECTORY | Libc.O_CLOEXEC));
            return use(cgroup.Value);
        }
        finally
        {
            Directory.Delete(path);
        }
    }

    private static ProbeAnswer StructOps()
    {
        if (!BtfData.Kernel.TryFind("tcp_congestion_ops", BtfKind.Struct, out var operations))
        {
            return ProbeAnswer.No("this kernel's BTF has no struct tcp_congestion_ops");
        }

        if (!BtfData.Kernel.TryFind("bpf_struct_ops_tcp_congestion_ops", BtfKind.Struct, out _))
        {
            return ProbeAnswer.No("this kernel has no struct_ops for TCP congestion control");
        }

        uint index = 0;
        foreach (var member in operations.Members)
        {
            if (member.Name == "ssthresh")
            {
                break;
            }

            index++;
        }

        using var program = new ProbeProgram(BpfProgramType.StructOps, (BpfAttachType)index)
        {
            Targets = ["tcp_congestion_ops"],
            TargetKind = BtfKind.Struct,
            Needs = [Capability.Bpf, Capability.PerfMon, Capability.NetAdmin],
        }.Load(out var refusal);
        return program is null ? refusal : ProbeAnswer.Yes();
    }

    private static ProbeAnswer OnLoopback(ProbeProgram kind, Func<int, int> attach, Func<int, ProbeAnswer?>? explain = null) => PrivateNetwork.Run(
        () => ProbeAttachment.Try(kind, attach, explain),
        () =>
        {
            using var program = kind.Load(out var refusal);
            return program is null ? refusal : ProbeAnswer.Yes("loads; attaching was not tried: no network namespace can be made here");
        });
}
