using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>Traffic control by netlink (since libbpf 0.4).</summary>
internal static unsafe partial class LibBpf
{
    [LibraryImport(Library)]
    internal static partial int bpf_tc_hook_create(TrafficControlHook* hook);

    [LibraryImport(Library)]
    internal static partial int bpf_tc_hook_destroy(TrafficControlHook* hook);

    [LibraryImport(Library)]
    internal static partial int bpf_tc_attach(TrafficControlHook* hook, TrafficControlOptions* options);

    [LibraryImport(Library)]
    internal static partial int bpf_tc_detach(TrafficControlHook* hook, TrafficControlOptions* options);

    [LibraryImport(Library)]
    internal static partial int bpf_tc_query(TrafficControlHook* hook, TrafficControlOptions* options);
}

/// <summary>struct bpf_tc_hook.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TrafficControlHook
{
    internal const int Ingress = 1;
    internal const int Egress = 2;

    internal nuint Size;
    internal int InterfaceIndex;
    internal int AttachPoint;
    internal uint Parent;
}

/// <summary>struct bpf_tc_opts.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TrafficControlOptions
{
    internal nuint Size;
    internal int ProgramFd;
    internal uint Flags;
    internal uint ProgramId;
    internal uint Handle;
    internal uint Priority;
}
