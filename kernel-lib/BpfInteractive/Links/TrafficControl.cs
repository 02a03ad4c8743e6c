using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Traffic control by netlink: the one way to attach that outlives its owner when that is killed.</summary>
public static unsafe class TrafficControl
{
    private static readonly object Gate = new();

    // The interfaces whose clsact queueing discipline this process made, and how many of its filters are there.
    private static readonly Dictionary<(string Namespace, int Interface), int> Made = [];

    /// <summary>
    /// Removes the clsact queueing discipline of a network interface, and with it every BPF filter that netlink attached there, whoever did:
    /// what a killed process left behind. The same as <c>tc qdisc del dev INTERFACE clsact</c>.
    /// </summary>
    /// <param name="networkInterface">Its name (<c>eth0</c>) or its number.</param>
    /// <returns>Whether there was something to remove.</returns>
    public static bool Clean(string networkInterface)
    {
        ArgumentException.ThrowIfNullOrEmpty(networkInterface);
        var hook = Hook((int)Libc.if_nametoindex(networkInterface), TrafficControlHook.Ingress | TrafficControlHook.Egress);
        return hook.InterfaceIndex > 0 && Destroy(hook);
    }

    internal static Attachment Attach(BpfProgram program, string networkInterface, TrafficDirection direction, AttachFailure failure)
    {
        var point = direction == TrafficDirection.Ingress ? TrafficControlHook.Ingress : TrafficControlHook.Egress;
        var hook = Hook(NetworkInterfaceIndex.Find(networkInterface, failure), point);
        using var messages = LibBpfMessages.Capture();
        lock (Gate)
        {
            var network = NetworkNamespace.Current();
            CreateHook(hook, network.Name, failure);
            var options = new TrafficControlOptions { Size = (nuint)sizeof(TrafficControlOptions), ProgramFd = program.Fd };

            // SAFETY: both structs live on this frame and say their sizes.
            var result = LibBpf.bpf_tc_attach(&hook, &options);
            if (result < 0)
            {
                Release(hook, network.Name);
                network.Dispose();
                throw failure.For(-result);
            }

            BpfScope.Current.Report(
                $"program '{program.Name}' on {networkInterface} is attached by netlink: should this process be killed, it stays until "
                + $"TrafficControl.Clean(\"{networkInterface}\") or: tc qdisc del dev {networkInterface} clsact");
            return new Filter(network, hook, options.Handle, options.Priority);
        }
    }

    private static TrafficControlHook Hook(int index, int point) =>
        new() { Size = (nuint)sizeof(TrafficControlHook), InterfaceIndex = index, AttachPoint = point };

    private static void CreateHook(TrafficControlHook hook, string network, AttachFailure failure)
    {
        var place = (network, hook.InterfaceIndex);

        // SAFETY: the struct lives on this frame and says its size.
        var result = LibBpf.bpf_tc_hook_create(&hook);
        switch (result)
        {
            case 0:
                Made[place] = 1;
                break;
            case -Errno.EEXIST:
                if (Made.TryGetValue(place, out var filters))
                {
                    Made[place] = filters + 1;
                }

                break;
            default:
                throw failure.For(-result);
        }
    }

    /// <summary>The last of this process's filters takes the discipline along, if this process made it.</summary>
    private static void Release(TrafficControlHook hook, string network)
    {
        var place = (network, hook.InterfaceIndex);
        if (Made.TryGetValue(place, out var filters))
        {
            Made[place] = filters - 1;
            if (filters == 1)
            {
                Made.Remove(place);
                hook.AttachPoint = TrafficControlHook.Ingress | TrafficControlHook.Egress;
                Destroy(hook);
            }
        }
    }

    private static bool Destroy(TrafficControlHook hook)
    {
        using var messages = LibBpfMessages.Capture();

        // SAFETY: the struct lives on this frame and says its size.
        return LibBpf.bpf_tc_hook_destroy(&hook) == 0;
    }

    /// <summary>The filter is in the network namespace of the thread that attached it; it is removed there.</summary>
    private sealed class Filter(NetworkNamespace network, TrafficControlHook hook, uint handle, uint priority) : Attachment
    {
        public override void Dispose()
        {
            network.Run(Detach);
            network.Dispose();
        }

        private void Detach()
        {
            using var messages = LibBpfMessages.Capture();
            lock (Gate)
            {
                var place = hook;
                var options = new TrafficControlOptions { Size = (nuint)sizeof(TrafficControlOptions), Handle = handle, Priority = priority };

                // SAFETY: both structs live on this frame and say their sizes.
                _ = LibBpf.bpf_tc_detach(&place, &options);
                Release(hook, network.Name);
            }
        }
    }
}
