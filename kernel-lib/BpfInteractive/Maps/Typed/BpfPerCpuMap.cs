using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>A per-CPU map seen through C# structs: an array of values for each key, by the number of the CPU. A view: it owns nothing.</summary>
/// <typeparam name="TKey">Lies in memory as the C key does.</typeparam>
/// <typeparam name="TValue">Lies in memory as one CPU's value does.</typeparam>
/// <remarks>Thread-safe as <see cref="BpfMap"/> is. The values of different CPUs are not of one instant.</remarks>
[SuppressMessage("Naming", "CA1710", Justification = "A map is the field's word for it.")]
public sealed class BpfPerCpuMap<TKey, TValue> : IEnumerable<KeyValuePair<TKey, TValue[]>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    internal BpfPerCpuMap(BpfMap map) => Map = map;

    /// <summary>The map as bytes.</summary>
    public BpfMap Map { get; }

    /// <summary>How many keys there are, counted by a walk.</summary>
    public long Count => Map.CountEntries();

    /// <summary>The keys, one system call each; see <see cref="BpfMap.Keys"/>.</summary>
    public IEnumerable<TKey> Keys => Map.Keys().Select(key => MemoryMarshal.Read<TKey>(key));

    /// <summary>The values of a key, one for each possible CPU. Setting takes as many.</summary>
    /// <exception cref="KeyNotFoundException">Reading: the key is not there.</exception>
    /// <exception cref="ArgumentException">Setting: there are not as many values as possible CPUs.</exception>
    public TValue[] this[TKey key]
    {
        get => TryGetValues(key, out var values) ? values : throw Map.MissingKey(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)));
        set => Map.Set(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)), Spread(value));
    }

    /// <summary>Reads the values of a key.</summary>
    /// <returns>Whether the key is there.</returns>
    public bool TryGetValues(TKey key, out TValue[] values)
    {
        var bytes = new byte[Map.ValueBufferSize];
        var found = Map.TryGet(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)), bytes);
        values = found ? Gather(bytes) : [];
        return found;
    }

    /// <summary>Deletes a key on all CPUs.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(TKey key) => Map.Delete(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)));

    /// <summary>All entries, read in batches where the kernel can.</summary>
    public IEnumerator<KeyValuePair<TKey, TValue[]>> GetEnumerator()
    {
        using var reader = MapReader.Open(Map, take: false);
        while (reader.Next())
        {
            for (var i = 0; i < reader.Count; i++)
            {
                yield return new(reader.KeyAt<TKey>(i), Gather(reader.Values.Slice(i * reader.ValueStride, reader.ValueStride)));
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private TValue[] Gather(ReadOnlySpan<byte> bytes)
    {
        var values = new TValue[PossibleCpus.Count];
        for (var cpu = 0; cpu < values.Length; cpu++)
        {
            values[cpu] = MemoryMarshal.Read<TValue>(bytes[(cpu * Map.CpuStride)..]);
        }

        return values;
    }

    private byte[] Spread(TValue[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != PossibleCpus.Count)
        {
            throw new ArgumentException($"there are {PossibleCpus.Count} possible CPUs and {values.Length} values", nameof(values));
        }

        var bytes = new byte[Map.ValueBufferSize];
        for (var cpu = 0; cpu < values.Length; cpu++)
        {
            MemoryMarshal.Write(bytes.AsSpan(cpu * Map.CpuStride), in values[cpu]);
        }

        return bytes;
    }
}

/// <summary>Sums over CPUs.</summary>
public static class BpfPerCpuMap
{
    /// <summary>The sum of a key's values over all CPUs; 0 when the key is not there.</summary>
    /// <exception cref="OverflowException">It does not fit the type.</exception>
    public static TValue Sum<TKey, TValue>(this BpfPerCpuMap<TKey, TValue> map, TKey key)
        where TKey : unmanaged
        where TValue : unmanaged, INumber<TValue>
    {
        ArgumentNullException.ThrowIfNull(map);
        var sum = TValue.Zero;
        if (map.TryGetValues(key, out var values))
        {
            foreach (var value in values)
            {
                sum = checked(sum + value);
            }
        }

        return sum;
    }
}
