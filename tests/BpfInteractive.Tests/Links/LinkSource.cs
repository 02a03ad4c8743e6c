using System.Runtime.InteropServices;
using BpfInteractive.Interop;
using BpfInteractive.Tests.Objects;

namespace BpfInteractive.Tests.Links;

/// <summary>One small program that counts its runs, for any section; and ways to make it run.</summary>
internal static unsafe partial class LinkSource
{
    /// <summary>A program that counts the runs of this process's threads (or all runs, where there is no current process).</summary>
    internal static OpenBpfObject Open(string section, int result = 0, bool anyProcess = false) => TestObjects.Open($$"""
        const volatile __u32 target;
        __u64 count;
        SEC("{{section}}") int probe(void *ctx)
        {
            {{(anyProcess ? "" : "if ((__u32)(bpf_get_current_pid_tgid() >> 32) != target) return " + result + ";")}}
            __sync_fetch_and_add(&count, 1);
            return {{result}};
        }
        """);

    internal static BpfObject Load(string section, int result = 0, bool anyProcess = false)
    {
        using var open = Open(section, result, anyProcess);
        open.Globals["target"].Set(Environment.ProcessId);
        return open.Load();
    }

    /// <summary>The counter, by the bpf system call itself.</summary>
    internal static ulong Count(BpfObject loaded, string mapSuffix = ".bss")
    {
        var map = loaded.Maps.First(map => map.Name.EndsWith(mapSuffix, StringComparison.Ordinal));
        var key = 0;
        var value = new byte[map.ValueSize];
        fixed (byte* pointer = value)
        {
            var attributes = stackalloc ulong[4] { (ulong)map.Fd, (ulong)&key, (ulong)pointer, 0 };
            Errno.ThrowIfMinusOne(Libc.syscall(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321, 1 /* BPF_MAP_LOOKUP_ELEM */, (nint)attributes, 32, 0, 0, 0), "read", "count");
        }

        return BitConverter.ToUInt64(value);
    }

    /// <summary>Runs an action some times; how far the counter rose.</summary>
    internal static ulong CountDuring(BpfObject loaded, Action trigger, int times = 20)
    {
        var before = Count(loaded);
        for (var round = 0; round < times; round++)
        {
            trigger();
        }

        return Count(loaded) - before;
    }

    /// <summary>The system call and the libc function that most tests probe: nothing of .NET calls it.</summary>
    internal static void Trigger() => _ = getpgid(Environment.ProcessId); // of 0 the kernel asks no security hook

    [LibraryImport("libc")]
    private static partial int getpgid(int pid);
}
