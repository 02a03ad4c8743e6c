using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// A map seen through C# structs: <c>map.As&lt;uint, Counter&gt;()</c>. A view: it owns nothing, and the map may be seen through several.
/// </summary>
/// <typeparam name="TKey">Lies in memory as the C key does; checked once, when the view is made.</typeparam>
/// <typeparam name="TValue">Lies in memory as the C value does.</typeparam>
/// <remarks>Thread-safe as <see cref="BpfMap"/> is. Of task storage the key is a process or thread id of the caller's pid namespace.</remarks>
[SuppressMessage("Naming", "CA1710", Justification = "A map is the field's word for it.")]
public sealed class BpfMap<TKey, TValue> : IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    internal BpfMap(BpfMap map) => Map = map;

    /// <summary>The map as bytes.</summary>
    public BpfMap Map { get; }

    /// <summary>How many entries there are, counted by a walk.</summary>
    public long Count => Map.CountEntries();

    /// <summary>The keys, one system call each; see <see cref="BpfMap.Keys"/>.</summary>
    public IEnumerable<TKey> Keys => Map.Keys().Select(key => MemoryMarshal.Read<TKey>(key));

    /// <summary>The value of a key.</summary>
    /// <exception cref="KeyNotFoundException">Reading: the key is not there.</exception>
    /// <exception cref="BpfException">Setting: the map is full, frozen or read-only.</exception>
    public TValue this[TKey key]
    {
        get => TryGetValue(key, out var value) ? value : throw Map.MissingKey(Bytes(ref key));
        set => Set(key, value, BpfMapSetMode.AddOrReplace);
    }

    /// <summary>Reads the value of a key.</summary>
    /// <returns>Whether the key is there.</returns>
    public bool TryGetValue(TKey key, out TValue value)
    {
        value = default;
        using var owner = OwnerOf(ref key);
        return Map.TryGet(Bytes(ref key), Bytes(ref value));
    }

    /// <summary>Whether a key is there.</summary>
    public bool ContainsKey(TKey key) => TryGetValue(key, out _);

    /// <summary>Adds a key that is not there.</summary>
    /// <exception cref="BpfException">It is there already, or the map is full, frozen or read-only.</exception>
    public void Add(TKey key, TValue value) => Set(key, value, BpfMapSetMode.Add);

    /// <summary>Sets the value of a key.</summary>
    /// <exception cref="KeyNotFoundException">The mode is Replace and the key is not there.</exception>
    /// <exception cref="BpfException">The map is full, frozen or read-only, or (mode Add) the key is there.</exception>
    public void Set(TKey key, TValue value, BpfMapSetMode mode)
    {
        using var owner = OwnerOf(ref key);
        Map.Set(Bytes(ref key), Bytes(ref value), mode);
    }

    /// <summary>Deletes a key.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(TKey key)
    {
        using var owner = OwnerOf(ref key);
        return Map.Delete(Bytes(ref key));
    }

    /// <summary>Reads and deletes a key in one step (Linux 5.14, hashes).</summary>
    /// <returns>Whether it was there.</returns>
    public bool TryTake(TKey key, out TValue value)
    {
        value = default;
        return Map.TryTake(Bytes(ref key), Bytes(ref value));
    }

    /// <summary>All entries, read in batches where the kernel can. What changes meanwhile may be seen or not.</summary>
    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator()
    {
        using var reader = MapReader.Open(Map, take: false);
        while (reader.Next())
        {
            for (var i = 0; i < reader.Count; i++)
            {
                yield return new(reader.KeyAt<TKey>(i), reader.ValueAt<TValue>(i));
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => $"{Map} as {typeof(TKey).Name} to {typeof(TValue).Name}";

    // Task storage is keyed by a descriptor of the task; people know its id.
    private StorageOwner? OwnerOf(ref TKey key)
    {
        if (Map.Type != BpfMapType.TaskStorage)
        {
            return null;
        }

        var owner = StorageOwner.Task(Unsafe.As<TKey, int>(ref key));
        Unsafe.As<TKey, int>(ref key) = owner.Fd;
        return owner;
    }

    private static Span<byte> Bytes<T>(ref T value)
        where T : unmanaged => MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref value, 1));
}
