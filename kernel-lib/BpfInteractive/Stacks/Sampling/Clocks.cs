using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Reads the clocks that a profile's times are told by.</summary>
internal static unsafe class Clocks
{
    private const int Realtime = 0;
    private const int Monotonic = 1;
    private const int Boottime = 7;
    private const int RealtimeCoarse = 5;

    private static readonly Lazy<long> s_tickNs = new(ReadTick);

    /// <summary>CLOCK_MONOTONIC in nanoseconds: what bpf_ktime_get_ns() tells.</summary>
    internal static long MonotonicNs => Read(Monotonic);

    /// <summary>The kernel's tick in nanoseconds: files are stamped with the last one.</summary>
    internal static long TickNs => s_tickNs.Value;

    /// <summary>One moment on all three. The wall clock is read between two readings of the monotonic one, which are a microsecond apart.</summary>
    internal static ClockReading Now()
    {
        var before = Read(Monotonic);
        var (boot, unix) = (Read(Boottime), Read(Realtime));
        var after = Read(Monotonic);
        return new ClockReading((before + after) / 2, boot, unix);
    }

    private static long ReadTick()
    {
        // SAFETY: struct timespec is two words, on this frame.
        var time = stackalloc long[2];
        Errno.ThrowIfMinusOne(Libc.clock_getres(RealtimeCoarse, time), "read", "a clock's resolution");
        return (time[0] * 1_000_000_000) + time[1];
    }

    private static long Read(int clock)
    {
        // SAFETY: struct timespec is two words, on this frame.
        var time = stackalloc long[2];
        Errno.ThrowIfMinusOne(Libc.clock_gettime(clock, time), "read", "a clock");
        return (time[0] * 1_000_000_000) + time[1];
    }
}
