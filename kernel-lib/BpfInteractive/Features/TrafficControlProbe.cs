using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Attaches a classifier to a loopback by netlink. It outlives its descriptor, yet not the private network it is tried in.</summary>
internal static unsafe class TrafficControlProbe
{
    internal static int Attach(int programFd)
    {
        using var messages = LibBpfMessages.Capture();

        // SAFETY: both structs live on this frame; their sizes say how much libbpf may touch.
        var hook = new TrafficControlHook
        {
            Size = (nuint)sizeof(TrafficControlHook),
            InterfaceIndex = PrivateNetwork.Loopback,
            AttachPoint = TrafficControlHook.Ingress,
        };
        var result = LibBpf.bpf_tc_hook_create(&hook);
        if (result < 0)
        {
            return result;
        }

        var options = new TrafficControlOptions { Size = (nuint)sizeof(TrafficControlOptions), ProgramFd = programFd };
        result = LibBpf.bpf_tc_attach(&hook, &options);
        _ = LibBpf.bpf_tc_hook_destroy(&hook);

        // The caller expects a descriptor that it may close.
        return result < 0 ? result : Libc.memfd_create("bpfi-tc", Libc.MFD_CLOEXEC);
    }
}
