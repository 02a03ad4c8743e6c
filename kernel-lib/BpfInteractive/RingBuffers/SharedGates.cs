namespace BpfInteractive;

/// <summary>
/// The gates of ring buffers by the kernel's map id: one ring may be open through several objects (a reused or a pinned map). A gate lives as
/// long as one of those. Thread-safe.
/// </summary>
internal static class SharedGates
{
    private static readonly Dictionary<uint, Entry> s_gates = [];

    /// <summary>The gate of a map; give it back by <see cref="Release"/>.</summary>
    internal static ReadingGate Take(uint map)
    {
        lock (s_gates)
        {
            if (!s_gates.TryGetValue(map, out var entry))
            {
                s_gates.Add(map, entry = new Entry());
            }

            entry.Users++;
            return entry.Gate;
        }
    }

    internal static void Release(uint map)
    {
        lock (s_gates)
        {
            if (s_gates.TryGetValue(map, out var entry) && --entry.Users == 0)
            {
                s_gates.Remove(map);
            }
        }
    }

    private sealed class Entry
    {
        internal ReadingGate Gate { get; } = new();

        internal int Users { get; set; }
    }
}
