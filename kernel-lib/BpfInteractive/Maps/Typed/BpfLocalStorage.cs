using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>Task, cgroup, inode or socket storage seen through a C# struct. A view: it owns nothing.</summary>
/// <typeparam name="TValue">Lies in memory as the C value does.</typeparam>
/// <remarks>
/// The owner is named as people know it: of task storage an <see cref="int"/>, the id of a process (its first thread) or thread of the caller's pid
/// namespace; of cgroup storage the path of the cgroup's folder; of inode storage the path of a file; of socket storage a socket. Any of them also as a
/// handle (a pidfd, an open file). Thread-safe as <see cref="BpfMap"/> is.
/// </remarks>
public sealed class BpfLocalStorage<TValue>
    where TValue : unmanaged
{
    internal BpfLocalStorage(BpfMap map) => Map = map;

    /// <summary>The map as bytes; its keys there are descriptors.</summary>
    public BpfMap Map { get; }

    /// <summary>The value of an owner. Setting makes storage where there was none.</summary>
    /// <exception cref="KeyNotFoundException">Reading: the owner has no storage.</exception>
    /// <exception cref="BpfException">There is no such owner: the process ended, the path does not exist.</exception>
    /// <exception cref="ArgumentException">An owner of another kind is wanted.</exception>
    public TValue this[object owner]
    {
        get => TryGetValue(owner, out var value) ? value : throw new KeyNotFoundException($"{Map.Subject} has no value for {owner}");
        set
        {
            using var opened = Open(owner);
            Map.Set(Key(opened), MemoryMarshal.AsBytes(new ReadOnlySpan<TValue>(in value)));
        }
    }

    /// <summary>Reads the value of an owner.</summary>
    /// <returns>Whether it has storage.</returns>
    public bool TryGetValue(object owner, out TValue value)
    {
        using var opened = Open(owner);
        value = default;
        return Map.TryGet(Key(opened), MemoryMarshal.AsBytes(new Span<TValue>(ref value)));
    }

    /// <summary>Deletes the storage of an owner.</summary>
    /// <returns>Whether it had some.</returns>
    public bool Remove(object owner)
    {
        using var opened = Open(owner);
        return Map.Delete(Key(opened));
    }

    private StorageOwner Open(object owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return StorageOwner.Of(Map, owner);
    }

    private static byte[] Key(StorageOwner owner) => BitConverter.GetBytes(owner.Fd);
}
