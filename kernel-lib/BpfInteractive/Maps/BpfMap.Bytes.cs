using System.Diagnostics.CodeAnalysis;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Entries as bytes, as bpf(2) gives them. The typed forms stand on these.</summary>
/// <remarks>
/// Thread-safe: each call is one system call (or several, where it says so), and the kernel orders them. Two calls are not one step: between
/// a look-up and a set a program may have changed the value. Every call switches BPF programs off on its CPU for a moment
/// (<c>bpf_prog_active</c>), so that events there can go unseen: a loop of millions of look-ups beside a sampler loses samples. Prefer
/// <see cref="ToColumns(BpfMapReadOptions?)"/>, which reads in batches, or an array that is <see cref="BpfMapFlags.Mmapable"/>.
/// </remarks>
public sealed unsafe partial class BpfMap
{
    // The kernel refuses keys above KMALLOC_MAX_SIZE; what is larger than this goes on the heap.
    private const int StackLimit = 1024;

    // BPF_F_LOCK: copy under the value's struct bpf_spin_lock.
    private const ulong LockFlag = 4;

    /// <summary>What user space can do with a map of this kind.</summary>
    public BpfMapOperations Operations => Traits.Operations;

    /// <summary>Whether a key has a value for each possible CPU.</summary>
    public bool IsPerCpu => Type is BpfMapType.PerCpuHash or BpfMapType.PerCpuArray or BpfMapType.LruPerCpuHash or BpfMapType.PerCpuCgroupStorage;

    /// <summary>
    /// The bytes that <see cref="TryGet"/> and <see cref="Set(ReadOnlySpan{byte}, ReadOnlySpan{byte}, BpfMapSetMode)"/> take for a value: <see cref="ValueSize"/>; for the per-CPU kinds that, rounded up to 8,
    /// times the possible CPUs (<see cref="PossibleCpus.Count"/>), in the order of their numbers.
    /// </summary>
    public int ValueBufferSize => IsPerCpu ? CpuStride * PossibleCpus.Count : ValueSize;

    internal MapTraits Traits => MapTraits.Of(Type);

    /// <summary>The distance from one CPU's value to the next.</summary>
    internal int CpuStride => (ValueSize + 7) & ~7;

    /// <summary>BPF_F_LOCK when the value holds a spin lock that BTF shows, so that no half-written value is read or written.</summary>
    internal ulong ElementFlags => HasSpinLock ? LockFlag : 0;

    /// <summary>Reads the value of a key.</summary>
    /// <param name="key">Exactly <see cref="KeySize"/> bytes.</param>
    /// <param name="value">Exactly <see cref="ValueBufferSize"/> bytes; left alone when the key is not there.</param>
    /// <returns>Whether the key is there; an array's index out of range is not.</returns>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    /// <exception cref="BpfException">This kind of map has no look-up, or the kernel refuses it.</exception>
    public bool TryGet(ReadOnlySpan<byte> key, Span<byte> value)
    {
        Require(BpfMapOperations.Get, "read a value of");
        CheckKey(key);
        CheckValue(value);
        using var lease = Borrow();
        fixed (byte* k = key)
        fixed (byte* v = value)
        {
            // SAFETY: both are pinned and have the sizes the kernel reads and writes, as just checked.
            return Found(MapSyscall.Lookup(Fd, k, v, ElementFlags), "read a value of", key);
        }
    }

    /// <summary>Reads the value of a key.</summary>
    /// <param name="key">Exactly <see cref="KeySize"/> bytes.</param>
    /// <returns><see cref="ValueBufferSize"/> bytes.</returns>
    /// <exception cref="KeyNotFoundException">The key is not there.</exception>
    public byte[] Get(ReadOnlySpan<byte> key)
    {
        var value = new byte[ValueBufferSize];
        return TryGet(key, value) ? value : throw MissingKey(key);
    }

    /// <summary>Whether a key is there.</summary>
    /// <param name="key">Exactly <see cref="KeySize"/> bytes.</param>
    public bool Contains(ReadOnlySpan<byte> key)
    {
        var size = ValueBufferSize;
        return TryGet(key, size <= StackLimit ? stackalloc byte[size] : new byte[size]);
    }

    /// <summary>Sets the value of a key.</summary>
    /// <param name="key">Exactly <see cref="KeySize"/> bytes.</param>
    /// <param name="value">Exactly <see cref="ValueBufferSize"/> bytes. Spin locks, timers and kernel pointers in it are left out by the kernel.</param>
    /// <param name="mode">What to do when the key is there already, or is not.</param>
    /// <exception cref="KeyNotFoundException">The mode is Replace and the key is not there.</exception>
    /// <exception cref="BpfException">The map is full, frozen or read-only, the key is there (mode Add), or the kernel refuses for another reason.</exception>
    public void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, BpfMapSetMode mode = BpfMapSetMode.AddOrReplace)
    {
        Require(BpfMapOperations.Set, "set a value of");
        CheckKey(key);
        CheckValue(value);
        using var lease = Borrow();
        fixed (byte* k = key)
        fixed (byte* v = value)
        {
            // SAFETY: both are pinned and have the sizes the kernel reads, as just checked.
            var result = Retry.WhileBusy(k, v, Fd, (ulong)mode | ElementFlags);
            if (result < 0)
            {
                throw MapErrors.Set(this, key, mode, -result);
            }
        }
    }

    /// <summary>Deletes a key.</summary>
    /// <param name="key">Exactly <see cref="KeySize"/> bytes.</param>
    /// <returns>Whether it was there.</returns>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        Require(BpfMapOperations.Delete, "delete from");
        CheckKey(key);
        using var lease = Borrow();
        fixed (byte* k = key)
        {
            // SAFETY: pinned, and as long as the kernel reads.
            return Found(MapSyscall.Delete(Fd, k), "delete from", key);
        }
    }

    /// <summary>Reads and deletes a key in one step, so that no update between the two is lost (Linux 5.14).</summary>
    /// <param name="key">Exactly <see cref="KeySize"/> bytes.</param>
    /// <param name="value">Exactly <see cref="ValueBufferSize"/> bytes.</param>
    /// <returns>Whether it was there.</returns>
    public bool TryTake(ReadOnlySpan<byte> key, Span<byte> value)
    {
        Require(BpfMapOperations.Take, "take from");
        CheckKey(key);
        CheckValue(value);
        using var lease = Borrow();
        fixed (byte* k = key)
        fixed (byte* v = value)
        {
            // SAFETY: both are pinned and have the sizes the kernel reads and writes, as just checked.
            return Found(MapSyscall.Take(Fd, k, v, ElementFlags), "take from", key);
        }
    }

    /// <summary>The key as a person reads it: typed where BTF says how, in hex otherwise.</summary>
    internal string FormatKey(ReadOnlySpan<byte> key) => BytesText.Of(key, KeyType);

    [DoesNotReturn]
    internal static void ThrowMissing(BpfMap map, ReadOnlySpan<byte> key) => throw map.MissingKey(key);

    internal KeyNotFoundException MissingKey(ReadOnlySpan<byte> key) => MapErrors.Missing(this, key);

    internal void Require(BpfMapOperations operation, string attempt)
    {
        var traits = Traits;
        if ((traits.Operations & operation) == 0)
        {
            throw MapErrors.NotOffered(this, traits, attempt);
        }
    }

    /// <summary>True for success, false for a missing key; anything else throws.</summary>
    internal bool Found(int result, string attempt, ReadOnlySpan<byte> key) => result switch
    {
        >= 0 => true,
        -Errno.ENOENT => false,
        _ => throw MapErrors.Refused(this, attempt, key, -result),
    };

    private void CheckKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySize)
        {
            throw new ArgumentException($"a key of {Subject} has {KeySize} bytes, not {key.Length}", nameof(key));
        }
    }

    private void CheckValue(ReadOnlySpan<byte> value)
    {
        if (value.Length != ValueBufferSize)
        {
            throw MapErrors.ValueLength(this, value.Length, nameof(value));
        }
    }

    internal string Subject => $"map '{Name}'";

    private static class Retry
    {
        // EBUSY: another CPU holds the bucket's lock in a way the kernel does not wait for (htab_lock_bucket, Linux 5.11).
        private const int Attempts = 8;

        internal static int WhileBusy(byte* key, byte* value, int fd, ulong flags)
        {
            var result = MapSyscall.Update(fd, key, value, flags);
            for (var i = 1; i < Attempts && result == -Errno.EBUSY; i++)
            {
                Thread.Yield();
                result = MapSyscall.Update(fd, key, value, flags);
            }

            return result;
        }
    }
}
