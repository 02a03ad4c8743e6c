using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// The counter of a ring's failed reserves, one number a CPU: the per-CPU array <c>NAME_drops</c> that <c>BPFI_RING</c> of bpfi/ring.bpf.h declares
/// beside the ring <c>NAME</c>.
/// </summary>
internal sealed unsafe class DropCounter
{
    private static readonly int s_cpus = Errno.ThrowIfNegative(LibBpf.libbpf_num_possible_cpus(), "count", "the possible CPUs");

    private readonly BpfMap _map;
    private readonly object _gate = new();
    private readonly long[] _told = new long[s_cpus];

    private DropCounter(BpfMap map) => _map = map;

    /// <summary>The counter beside a ring, if its object has one.</summary>
    internal static DropCounter? Find(BpfMap ring) =>
        ring.Object is { } owner && owner.Maps.TryGet($"{ring.Name}_drops", out var map) && map is { Type: BpfMapType.PerCpuArray, ValueSize: sizeof(long) }
            ? new DropCounter(map)
            : null;

    /// <summary>What was dropped since the last call.</summary>
    internal Losses Take()
    {
        lock (_gate)
        {
            var now = Read();
            var since = new long[s_cpus];
            for (var cpu = 0; cpu < s_cpus; cpu++)
            {
                since[cpu] = now[cpu] - _told[cpu];
                _told[cpu] = now[cpu];
            }

            return Losses.Of(new Loss("ring-full", $"events dropped because ring buffer '{_map.Name[..^"_drops".Length]}' was full", since.Sum(), since));
        }
    }

    private long[] Read()
    {
        var counts = new long[s_cpus];
        using var lease = _map.Borrow();

        // SAFETY: the kernel reads four bytes of key and writes eight bytes for each possible CPU.
        fixed (long* values = counts)
        {
            var key = 0;
            Errno.ThrowIfNegative(LibBpf.bpf_map_lookup_elem(_map.Fd, &key, values), "read", $"map '{_map.Name}'");
        }

        return counts;
    }
}
