using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>perf_event_open(2) and what goes with it.</summary>
internal static unsafe partial class Libc
{
    internal const uint PERF_TYPE_HARDWARE = 0;
    internal const uint PERF_TYPE_SOFTWARE = 1;
    internal const uint PERF_TYPE_TRACEPOINT = 2;
    internal const ulong PERF_FLAG_FD_CLOEXEC = 8;
    internal const ulong PERF_FLAG_PID_CGROUP = 4;
    internal const uint PERF_EVENT_IOC_ENABLE = 0x2400;
    internal const uint PERF_EVENT_IOC_DISABLE = 0x2401;
    internal const uint PERF_EVENT_IOC_SET_BPF = 0x40042408;

    private static readonly nint PerfEventOpenNumber = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 241 : 298;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(int fd, nuint request, nint argument);

    /// <summary>A descriptor, or the negative errno.</summary>
    internal static int perf_event_open(ref PerfEventAttributes attributes, int pid, int cpu, ulong flags = 0)
    {
        attributes.Size = (uint)sizeof(PerfEventAttributes);

        // SAFETY: the attributes outlive the call; their size is told.
        fixed (PerfEventAttributes* pointer = &attributes)
        {
            var fd = syscall(PerfEventOpenNumber, (nint)pointer, pid, cpu, -1, (nint)(flags | PERF_FLAG_FD_CLOEXEC), 0);
            return fd >= 0 ? (int)fd : -Errno.Last;
        }
    }
}

/// <summary>The first published size (64 bytes) and two words more of struct perf_event_attr.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal struct PerfEventAttributes
{
    internal const ulong FlagDisabled = 1 << 0;
    internal const ulong FlagInherit = 1 << 1;
    internal const ulong FlagFrequency = 1 << 10;
    internal const ulong FlagEnableOnExec = 1 << 12;
    internal const ulong FlagExcludeKernel = 1 << 5;
    internal const ulong FlagExcludeKernelChain = 1 << 21;
    internal const ulong FlagExcludeUserChain = 1 << 22;
    internal const ulong FlagInheritThread = 1UL << 35;
    internal const ulong SampleCallChain = 1 << 5;

    [FieldOffset(0)] internal uint Type;
    [FieldOffset(4)] internal uint Size;
    [FieldOffset(8)] internal ulong Config;
    [FieldOffset(16)] internal ulong PeriodOrFrequency;
    [FieldOffset(24)] internal ulong SampleType;
    [FieldOffset(32)] internal ulong ReadFormat;
    [FieldOffset(40)] internal ulong Flags;
    [FieldOffset(48)] internal uint WakeupEvents;
    [FieldOffset(56)] internal ulong Config1;
    [FieldOffset(64)] internal ulong Config2;
}
