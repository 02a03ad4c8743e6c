using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace BpfInteractive.Tests.Links;

/// <summary>Programs that see packets, each in a network namespace of its own.</summary>
public sealed class NetworkAttachTests
{
    private const int XdpPass = 2;
    private const int NextFilter = -1;

    [Fact, Guest]
    public void An_xdp_program_sees_an_interfaces_packets() => InPrivateNetwork(() =>
    {
        using var loaded = LinkSource.Load("xdp", XdpPass, anyProcess: true);
        var link = loaded.Programs["probe"].AttachXdp("lo", XdpMode.Generic);
        AssertCountsUntilDetached(loaded, link, LinkKind.Xdp);
    });

    [Fact, Guest]
    public void A_second_xdp_program_is_refused_with_the_reason() => InPrivateNetwork(() =>
    {
        using var loaded = LinkSource.Load("xdp", XdpPass, anyProcess: true);
        using var link = loaded.Programs["probe"].AttachXdp("lo");
        var error = Assert.Throws<BpfException>(() => loaded.Programs["probe"].AttachXdp("lo"));
        Assert.Contains("has an XDP program already", error.Message, StringComparison.Ordinal);
    });

    [Fact, Guest]
    public void An_xdp_link_takes_another_program_in_one_step() => InPrivateNetwork(() =>
    {
        using var first = LinkSource.Load("xdp", XdpPass, anyProcess: true);
        using var second = LinkSource.Load("xdp", XdpPass, anyProcess: true);
        var link = first.Programs["probe"].AttachXdp("lo");
        var id = link.Id;
        Assert.True(link.Update(second.Programs["probe"]));
        Assert.Equal(id, link.Id);
        Assert.Equal(0UL, LinkSource.CountDuring(first, PrivateNetworkThread.SendDatagram));
        AssertCountsUntilDetached(second, link, LinkKind.Xdp);
    });

    [Theory, Guest]
    [InlineData(TrafficDirection.Ingress, false)]
    [InlineData(TrafficDirection.Egress, false)]
    [InlineData(TrafficDirection.Ingress, true)]
    [InlineData(TrafficDirection.Egress, true)]
    public void A_tc_program_sees_an_interfaces_packets(TrafficDirection direction, bool byNetlink) => InPrivateNetwork(() =>
    {
        Require.Tool("tc");
        Assert.SkipUnless(Features.Has("tc"), Features.Probe("tc").ToString());
        using var loaded = LinkSource.Load("tc", NextFilter, anyProcess: true);
        var link = loaded.Programs["probe"].AttachTrafficControl("lo", direction, byNetlink);
        AssertCountsUntilDetached(loaded, link, byNetlink || !Features.Has("tcx") ? LinkKind.TrafficControl : LinkKind.Tcx);
        Assert.DoesNotContain("clsact", Output("tc", "qdisc", "show", "dev", "lo"), StringComparison.Ordinal);
    });

    [Fact, Guest]
    public void What_netlink_left_behind_can_be_cleaned() => InPrivateNetwork(() =>
    {
        Require.Tool("tc");
        Assert.SkipUnless(Features.Has("tc"), Features.Probe("tc").ToString());
        _ = Output("tc", "qdisc", "add", "dev", "lo", "clsact");
        Assert.True(TrafficControl.Clean("lo"));
        Assert.DoesNotContain("clsact", Output("tc", "qdisc", "show", "dev", "lo"), StringComparison.Ordinal);
        Assert.False(TrafficControl.Clean("lo"));
        Assert.False(TrafficControl.Clean("nosuch0"));
    });

    [Fact, Guest]
    public void Netlink_says_that_a_killed_owner_leaves_the_filter() => InPrivateNetwork(() =>
    {
        Assert.SkipUnless(Features.Has("tc"), Features.Probe("tc").ToString());
        var messages = new List<string>();
        using var entered = new BpfScope("test", messages.Add).Enter();
        using var loaded = LinkSource.Load("tc", NextFilter, anyProcess: true);
        loaded.Programs["probe"].AttachTrafficControl("lo", TrafficDirection.Ingress, byNetlink: true).DisposeAsync().AsTask().Wait();
        Assert.Contains("tc qdisc del dev lo clsact", Assert.Single(messages), StringComparison.Ordinal);
    });

    [Fact, Guest]
    public void A_netfilter_program_sees_packets_at_its_hook() => InPrivateNetwork(() =>
    {
        Assert.SkipUnless(Features.Has("netfilter"), Features.Probe("netfilter").ToString());
        using var open = LinkSource.Open("socket", result: 1, anyProcess: true); // libbpf 1.1 does not know SEC("netfilter")
        (open.Programs["probe"].Type, open.Programs["probe"].ExpectedAttachType) = (BpfProgramType.Netfilter, BpfAttachType.Netfilter);
        using var loaded = open.Load();
        var link = loaded.Programs["probe"].AttachNetfilter(NetfilterHook.LocalIn, priority: 7);
        Assert.Contains("has this priority", Assert.Throws<BpfException>(() =>
            loaded.Programs["probe"].AttachNetfilter(NetfilterHook.LocalIn, priority: 7)).Message, StringComparison.Ordinal);
        AssertCountsUntilDetached(loaded, link, LinkKind.Netfilter);
    });

    [Fact, Guest]
    public void A_lookup_program_serves_a_network_namespace() => InPrivateNetwork(() =>
    {
        using var loaded = LinkSource.Load("sk_lookup", result: 1, anyProcess: true);
        var link = loaded.Programs["probe"].AttachNetNamespace("/proc/thread-self/ns/net");
        AssertCountsUntilDetached(loaded, link, LinkKind.NetNamespace);
    });

    [Fact, Guest]
    public void A_socket_filter_sees_its_sockets_packets() => InPrivateNetwork(() =>
    {
        using var loaded = LinkSource.Load("socket", result: 65536, anyProcess: true);
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var link = loaded.Programs["probe"].AttachSocket(receiver);
        AssertCountsUntilDetached(loaded, link, LinkKind.Socket, () => sender.SendTo("x"u8, receiver.LocalEndPoint!));
    });

    [Fact]
    public void A_wrong_interface_is_answered_with_those_there_are()
    {
        Require.Root();
        using var loaded = LinkSource.Load("xdp", XdpPass, anyProcess: true);
        var error = Assert.Throws<BpfException>(() => loaded.Programs["probe"].AttachXdp("nosuch0"));
        Assert.Contains("there is no network interface 'nosuch0'", error.Message, StringComparison.Ordinal);
        Assert.Contains("lo", error.Hint, StringComparison.Ordinal);
    }

    [Fact, Guest]
    public async Task A_cgroup_program_sees_its_processes_packets()
    {
        Require.Root();
        Assert.SkipUnless(Features.Has("cgroup"), Features.Probe("cgroup").ToString());
        var folder = Directory.CreateDirectory($"{MountTable.Current.First(mount => mount.Type == "cgroup2").Path}/bpfi-test-{Environment.ProcessId}");
        try
        {
            await using var loaded = LinkSource.Load("cgroup_skb/egress", result: 1, anyProcess: true);
            await using var other = LinkSource.Load("cgroup_skb/egress", result: 1, anyProcess: true);
            var link = loaded.Programs["probe"].AttachCgroup(folder.FullName);
            await SendFromAsync(folder.FullName);
            Assert.InRange(LinkSource.Count(loaded), 1UL, ulong.MaxValue);
            Assert.True(link.Update(other.Programs["probe"]));
            await link.DisposeAsync();
            await SendFromAsync(folder.FullName);
            Assert.Equal(0UL, LinkSource.Count(other));
        }
        finally
        {
            folder.Delete();
        }
    }

    [Fact]
    public void A_folder_that_is_no_cgroup_is_told()
    {
        Require.Root();
        using var loaded = LinkSource.Load("cgroup_skb/egress", result: 1, anyProcess: true);
        Assert.Contains("is no cgroup", Assert.Throws<BpfException>(() => loaded.Programs["probe"].AttachCgroup("/tmp")).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be opened", Assert.Throws<BpfException>(() => loaded.Programs["probe"].AttachCgroup("/no/such")).Message, StringComparison.Ordinal);
    }

    private static async Task SendFromAsync(string cgroup)
    {
        var (status, _, errors) = await TestProcess.RunAsync("bash", ["-c", $"echo $$ > {cgroup}/cgroup.procs && echo x > /dev/udp/127.0.0.1/9"]);
        Assert.True(status == 0, errors);
    }

    private static void InPrivateNetwork(Action work)
    {
        Require.Root();
        Require.Capability(Machine.CapSysAdmin, nameof(Machine.CapSysAdmin));
        Require.Tool("ip");
        PrivateNetworkThread.Run(work);
    }

    private static void AssertCountsUntilDetached(BpfObject loaded, BpfLink link, LinkKind kind, Action? trigger = null)
    {
        trigger ??= PrivateNetworkThread.SendDatagram;
        Assert.Equal(kind, link.Kind);
        Assert.InRange(LinkSource.CountDuring(loaded, trigger), 20UL, ulong.MaxValue);
        link.DisposeAsync().AsTask().Wait();
        Assert.Equal(0UL, LinkSource.CountDuring(loaded, trigger));
    }

    private static string Output(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        return process.StandardOutput.ReadToEnd();
    }
}
