using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// Reads all entries of a map, some at a time: keys one after the other, values one after the other. The spans are valid until the next call.
/// One thread at a time; owned and disposed by the reading call.
/// </summary>
internal abstract class MapReader(BpfMap map) : IDisposable
{
    /// <summary>What is read.</summary>
    protected BpfMap Map { get; } = map;

    /// <summary>The entries at hand.</summary>
    internal int Count { get; private protected set; }

    /// <summary>The keys at hand, <see cref="BpfMap.KeySize"/> bytes each; empty for maps without keys.</summary>
    internal abstract ReadOnlySpan<byte> Keys { get; }

    /// <summary>The values at hand, <see cref="ValueStride"/> bytes each.</summary>
    internal abstract ReadOnlySpan<byte> Values { get; }

    /// <summary>The keys at hand where they are no bytes but texts: cgroups' paths; else null.</summary>
    internal virtual IReadOnlyList<string>? KeyTexts => null;

    /// <summary>The distance from one value to the next.</summary>
    internal virtual int ValueStride => Map.ValueBufferSize;

    /// <summary>What was seen twice or may have been missed because the map changed meanwhile.</summary>
    internal virtual IEnumerable<Loss> Losses => [];

    /// <summary>The way that fits this map and kernel best.</summary>
    /// <param name="map">What to read.</param>
    /// <param name="take">Whether to delete what is read.</param>
    internal static MapReader Open(BpfMap map, bool take) => map.Type switch
    {
        BpfMapType.Queue or BpfMapType.Stack => take ? new PoppingReader(map) : throw MapErrors.OnlyByTaking(map),
        BpfMapType.Array when !take && MappedArrayReader.TryOpen(map) is { } mapped => mapped,
        BpfMapType.TaskStorage when !take => new TaskStorageReader(map),
        BpfMapType.CgroupLocalStorage when !take => new CgroupStorageReader(map),
        _ => OpenKeyed(map, take),
    };

    /// <summary>One key, copied.</summary>
    internal TKey KeyAt<TKey>(int index)
        where TKey : unmanaged => MemoryMarshal.Read<TKey>(Keys[(index * Map.KeySize)..]);

    /// <summary>One value, copied.</summary>
    internal TValue ValueAt<TValue>(int index)
        where TValue : unmanaged => MemoryMarshal.Read<TValue>(Values[(index * ValueStride)..]);

    /// <summary>Reads on.</summary>
    /// <returns>False when there is nothing more; an empty batch is possible.</returns>
    internal abstract bool Next();

    /// <summary>Frees the memory that was read into.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    private static MapReader OpenKeyed(BpfMap map, bool take)
    {
        map.Require(BpfMapOperations.Enumerate, "read");
        map.Require(BpfMapOperations.Get, "read");
        if (take)
        {
            map.Require(BpfMapOperations.Delete, "take the entries of");
        }

        var batch = new BatchReader(map, take);
        if (batch.IsSupported)
        {
            return batch;
        }

        batch.Dispose();
        return new WalkingReader(map, take);
    }
}
