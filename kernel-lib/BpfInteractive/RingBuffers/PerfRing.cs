using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// One CPU's perf event buffer: the event that programs write to, and its mapped ring (struct perf_event_mmap_page, then the data once, so that a
/// record may wrap around). Owner of both.
/// </summary>
internal sealed unsafe class PerfRing : SafeHandle
{
    // include/uapi/linux/perf_event.h
    private const int HeadOffset = 1024;
    private const int TailOffset = 1032;
    private const ulong SoftwareOutput = 10;
    private const ulong SampleRaw = 1 << 10;

    private readonly FileDescriptor _event;
    private readonly nuint _length;

    private PerfRing(int cpu, FileDescriptor owner, nint address, nuint length)
        : base(0, ownsHandle: true)
    {
        Cpu = cpu;
        _event = owner;
        _length = length;
        Size = (uint)(length - (nuint)Environment.SystemPageSize);
        SetHandle(address);
    }

    public override bool IsInvalid => handle == 0;

    internal int Cpu { get; }

    internal int Fd => _event.Value;

    /// <summary>The bytes of the data, a power of two.</summary>
    internal uint Size { get; }

    internal byte* Data => (byte*)handle + Environment.SystemPageSize;

    /// <summary>Where the kernel stands; to be read with acquire order.</summary>
    internal ulong* Head => (ulong*)(handle + HeadOffset);

    /// <summary>Where the reader stands; to be written with release order.</summary>
    internal ulong* Tail => (ulong*)(handle + TailOffset);

    /// <summary>Opens and maps a CPU's buffer.</summary>
    /// <exception cref="BpfException">The kernel refuses: mostly for want of CAP_PERFMON, or of locked memory.</exception>
    internal static PerfRing Open(int cpu, int pages, string subject)
    {
        var attributes = new PerfEventAttributes
        {
            Type = Libc.PERF_TYPE_SOFTWARE,
            Config = SoftwareOutput,
            SampleType = SampleRaw,
            PeriodOrFrequency = 1,
            WakeupEvents = 1,
        };
        var owner = new FileDescriptor(Errno.ThrowIfNegative(Libc.perf_event_open(ref attributes, pid: -1, cpu), "open a perf event for", subject));
        var length = (nuint)(1 + pages) * (nuint)Environment.SystemPageSize;
        var address = Libc.mmap(0, length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, owner.Value, 0);
        var errno = Errno.Last;
        if (address == Libc.MAP_FAILED)
        {
            owner.Dispose();
            throw new BpfException(
                "map", subject, errno, hint: errno == Errno.EPERM ? "ask for fewer pages, or raise kernel.perf_event_mlock_kb or RLIMIT_MEMLOCK" : null);
        }

        return new PerfRing(cpu, owner, address, length);
    }

    protected override bool ReleaseHandle()
    {
        var unmapped = Libc.munmap(handle, _length) == 0;
        _event.Dispose();
        return unmapped;
    }
}
