using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// What all readers of one perf event array share: a buffer for each CPU that is on line, the gate, and the losses told so far. It belongs to the
/// map's object; disposing it ends a wait.
/// </summary>
internal sealed unsafe class PerfState : IDisposable
{
    private readonly BpfMap _map;
    private readonly PerfReader[] _readers;
    private readonly Dictionary<int, long> _told = [];
    private volatile bool _disposed;

    internal PerfState(BpfMap map, int pages)
    {
        if (map.Type != BpfMapType.PerfEventArray)
        {
            throw new ArgumentException($"map '{map.Name}' is a {map.Type}, not a perf event array", nameof(map));
        }

        if (pages < 1 || !System.Numerics.BitOperations.IsPow2(pages))
        {
            throw new ArgumentOutOfRangeException(nameof(pages), pages, "a perf buffer has a power of two of pages");
        }

        _map = map;
        Pages = pages;
        _readers = Open(map, pages);
    }

    internal ReadingGate Gate { get; } = new();

    internal WakeEvent WakeEvent { get; } = new();

    internal IReadOnlyList<PerfReader> Readers => _readers;

    internal int Pages { get; }

    internal void Wait(int milliseconds)
    {
        using var lease = _map.Borrow();
        ThrowIfDisposed();
        var fds = stackalloc int[_readers.Length];
        for (var at = 0; at < _readers.Length; at++)
        {
            fds[at] = _readers[at].Ring.Fd;
        }

        WakeEvent.Wait(new ReadOnlySpan<int>(fds, _readers.Length), milliseconds, $"perf buffer '{_map.Name}'");
        ThrowIfDisposed();
    }

    internal Losses TakeLosses()
    {
        lock (_told)
        {
            var cpus = new long[_readers.Max(reader => reader.Ring.Cpu) + 1];
            foreach (var reader in _readers)
            {
                cpus[reader.Ring.Cpu] = reader.Lost - _told.GetValueOrDefault(reader.Ring.Cpu);
                _told[reader.Ring.Cpu] = reader.Lost;
            }

            return Losses.Of(new Loss("perf-lost", $"events lost because perf buffer '{_map.Name}' was full", cpus.Sum(), cpus));
        }
    }

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, _map);

    public void Dispose()
    {
        _disposed = true;
        WakeEvent.Set();
        WakeEvent.Dispose();
        foreach (var reader in _readers)
        {
            reader.Ring.Dispose();
        }
    }

    private static PerfReader[] Open(BpfMap map, int pages)
    {
        var readers = new List<PerfReader>();
        try
        {
            using var lease = map.Borrow();
            foreach (var cpu in CpuList.Online.Where(cpu => cpu < map.MaxEntries))
            {
                var subject = $"perf buffer '{map.Name}' on CPU {cpu}";
                var ring = PerfRing.Open(cpu, pages, subject);
                readers.Add(new PerfReader(ring));
                var (key, value) = (cpu, ring.Fd);

                // SAFETY: the kernel reads four bytes of each.
                Errno.ThrowIfNegative(LibBpf.bpf_map_update_elem(map.Fd, &key, &value, 0), "connect", subject);
            }

            return [.. readers];
        }
        catch
        {
            readers.ForEach(reader => reader.Ring.Dispose());
            throw;
        }
    }
}
