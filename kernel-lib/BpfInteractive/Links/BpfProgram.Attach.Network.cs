using BpfInteractive.Interop;

namespace BpfInteractive;

public sealed unsafe partial class BpfProgram
{

    /// <summary>Attaches a SEC("xdp") program to a network interface, by link: it ends with its owner.</summary>
    /// <param name="networkInterface">Its name (<c>eth0</c>) or its number.</param>
    /// <param name="mode">Where in the packet's way it runs.</param>
    /// <exception cref="BpfException">There is no such interface, or it has a program already.</exception>
    public BpfLink AttachXdp(string networkInterface, XdpMode mode = XdpMode.Best) => new(this, LinkKind.Xdp, networkInterface, program =>
    {
        var failure = new AttachFailure(program, $"xdp {networkInterface}", "xdp")
        {
            Explain = errno => errno switch
            {
                Errno.EBUSY or Errno.EEXIST => ("the interface has an XDP program already", $"see it with: ip link show {networkInterface}"),
                Errno.EOPNOTSUPP when mode is XdpMode.Driver or XdpMode.Hardware => ($"its driver has no {mode} mode", "use XdpMode.Generic"),
                _ => null,
            },
        };
        return AttachInterface(program, networkInterface, BpfAttachType.Xdp, (uint)mode, failure);
    });

    /// <summary>
    /// Attaches a SEC("tc") program to a network interface's traffic control: by link (tcx) where the kernel has it, else by netlink.
    /// </summary>
    /// <param name="networkInterface">Its name (<c>eth0</c>) or its number.</param>
    /// <param name="direction">Packets that come in or go out.</param>
    /// <param name="byNetlink">
    /// True for netlink in any case. Such a filter outlives a process that is killed: <see cref="TrafficControl.Clean"/> removes it.
    /// </param>
    /// <exception cref="BpfException">There is no such interface, or the kernel refuses.</exception>
    public BpfLink AttachTrafficControl(string networkInterface, TrafficDirection direction, bool byNetlink = false)
    {
        var target = $"{networkInterface} {(direction == TrafficDirection.Ingress ? "ingress" : "egress")}";
        return !byNetlink && Features.Has("tcx")
            ? new(this, LinkKind.Tcx, target, program => AttachInterface(
                program, networkInterface, direction == TrafficDirection.Ingress ? BpfAttachType.TcxIngress : BpfAttachType.TcxEgress, 0,
                new AttachFailure(program, $"tcx {target}", "tcx")))
            : new(this, LinkKind.TrafficControl, target, program => TrafficControl.Attach(
                program, networkInterface, direction, new AttachFailure(program, $"tc {target}", "tc")));
    }

    /// <summary>Attaches a SEC("netfilter") program to a netfilter hook of the current network namespace (Linux 6.4).</summary>
    /// <param name="hook">The hook.</param>
    /// <param name="priority">Its place among the hook's users; lower runs earlier. Not the lowest and not the highest number.</param>
    /// <param name="ipv6">For IPv6 instead of IPv4.</param>
    /// <exception cref="BpfException">Another program has this priority, or the kernel refuses.</exception>
    public BpfLink AttachNetfilter(NetfilterHook hook, int priority, bool ipv6 = false)
    {
        var target = $"{(ipv6 ? "IPv6" : "IPv4")} {hook} at priority {priority}";
        return new(this, LinkKind.Netfilter, target, program => Attachment.FromLink(
            BpfSyscall.CreateLink(new()
            {
                ProgramFd = (uint)program.Fd,
                AttachType = (uint)BpfAttachType.Netfilter,
                NetfilterFamily = ipv6 ? 10u : 2u, // NFPROTO_IPV6, NFPROTO_IPV4
                NetfilterHook = (uint)hook,
                NetfilterPriority = priority,
            }),
            new AttachFailure(program, $"netfilter {target}", "netfilter")
            {
                Explain = errno => errno is Errno.EBUSY ? ("another BPF program has this priority", "take another one") : null,
            }));
    }

    /// <summary>Attaches a SEC("sk_lookup") or SEC("flow_dissector") program to a network namespace.</summary>
    /// <param name="path">The namespace's file: <c>/proc/PID/ns/net</c>, <c>/run/netns/NAME</c>.</param>
    public BpfLink AttachNetNamespace(string path = "/proc/self/ns/net") => new(this, LinkKind.NetNamespace, path, program =>
    {
        var failure = new AttachFailure(program, $"network namespace {path}", "socket");
        var fd = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (fd < 0)
        {
            throw failure.Because($"{path} cannot be opened", errno: Errno.Last);
        }

        using var owned = new FileDescriptor(fd);
        return AttachTo(program, fd, program.ExpectedAttachType, 0, failure);
    });

    /// <summary>Attaches a cgroup program (SEC("cgroup_skb/egress"), "cgroup/connect4", "sockops"...) to a cgroup, by link.</summary>
    /// <param name="path">The cgroup's folder in a cgroup2 file system.</param>
    /// <exception cref="BpfException">There is no such cgroup, or the kernel refuses.</exception>
    public BpfLink AttachCgroup(string path) => new(this, LinkKind.Cgroup, path, program =>
    {
        var failure = new AttachFailure(program, $"cgroup {path}", "cgroup")
        {
            Explain = errno => errno is Errno.EBADF ? ($"{path} is no cgroup of a cgroup2 file system", "bpfi doctor shows where one is mounted") : null,
        };
        using var cgroup = OpenFolder(path, failure);
        return AttachTo(program, cgroup.Value, program.ExpectedAttachType, 0, failure);
    });

    /// <summary>Attaches a SEC("socket") program to a socket: it sees that socket's packets and says how much of each is kept.</summary>
    /// <param name="socket">The socket, which the link keeps open.</param>
    public BpfLink AttachSocket(System.Net.Sockets.Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return new(this, LinkKind.Socket, $"socket {socket.Handle}", program =>
            SocketAttachment.Create(socket.SafeHandle, program, new AttachFailure(program, $"socket {socket.Handle}", "socket")));
    }

    private static Attachment AttachInterface(BpfProgram program, string networkInterface, BpfAttachType type, uint flags, AttachFailure failure) =>
        AttachTo(program, NetworkInterfaceIndex.Find(networkInterface, failure), type, flags, failure);

    private static Attachment AttachTo(BpfProgram program, int target, BpfAttachType type, uint flags, AttachFailure failure) => Attachment.FromLink(
        BpfSyscall.CreateLink(new() { ProgramFd = (uint)program.Fd, Target = (uint)target, AttachType = (uint)type, Flags = flags }), failure);
}
