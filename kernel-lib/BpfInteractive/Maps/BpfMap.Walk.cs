using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Walks over keys, and what is done to all entries.</summary>
public sealed unsafe partial class BpfMap
{
    /// <summary>
    /// The keys, one system call each; each key comes once. When a key is deleted under the walk the kernel starts again from the first; keys seen
    /// already are then passed over. <see cref="ToColumns(BpfMapReadOptions?)"/> reads keys and values in batches, which is far faster.
    /// </summary>
    /// <exception cref="BpfException">This kind of map cannot be walked.</exception>
    public IEnumerable<byte[]> Keys()
    {
        Require(BpfMapOperations.Enumerate, "list the keys of");
        return Walk();
    }

    /// <summary>How many entries there are, counted by a walk; of an array all of them.</summary>
    public long CountEntries() => Type is BpfMapType.Array or BpfMapType.PerCpuArray ? MaxEntries : Keys().LongCount();

    /// <summary>
    /// Deletes every key; sets every entry of an array to zero; pops everything off a queue or stack. Not one step: what programs put in meanwhile
    /// may stay.
    /// </summary>
    public void Clear()
    {
        var operations = Operations;
        if (operations.HasFlag(BpfMapOperations.Pop))
        {
            PopAll();
        }
        else if (operations.HasFlag(BpfMapOperations.Delete | BpfMapOperations.Enumerate))
        {
            foreach (var key in Keys().ToList())
            {
                Delete(key);
            }
        }
        else
        {
            Require(BpfMapOperations.Enumerate | BpfMapOperations.Set, "clear");
            ClearArray();
        }
    }

    private IEnumerable<byte[]> Walk()
    {
        var seen = new HashSet<byte[]>(BytesComparer.Instance);
        byte[]? last = null;
        while (true)
        {
            // The kernel starts again after a deleted key; a walk that finds nothing new in a whole round has seen all.
            var next = new byte[KeySize];
            if (!NextKey(last, next))
            {
                yield break;
            }

            last = next;
            if (seen.Add(next))
            {
                yield return next;
            }
            else if (!SkipSeen(seen, ref last))
            {
                yield break;
            }
            else
            {
                yield return last;
            }
        }
    }

    // Goes on from a key that was seen to the next that was not; gives up after as many steps as there may be entries.
    private bool SkipSeen(HashSet<byte[]> seen, ref byte[] last)
    {
        for (long steps = 0; steps <= MaxEntries; steps++)
        {
            var next = new byte[KeySize];
            if (!NextKey(last, next))
            {
                return false;
            }

            last = next;
            if (seen.Add(next))
            {
                return true;
            }
        }

        return false;
    }

    private bool NextKey(byte[]? key, byte[] next)
    {
        using var lease = Borrow();
        fixed (byte* k = key)
        fixed (byte* n = next)
        {
            // SAFETY: both arrays have the key's size; null asks for the first.
            return Found(MapSyscall.NextKey(Fd, k, n), "list the keys of", key ?? next);
        }
    }

    private void ClearArray()
    {
        Span<byte> key = stackalloc byte[4];
        var zeros = new byte[ValueBufferSize];
        for (uint index = 0; index < MaxEntries; index++)
        {
            BitConverter.TryWriteBytes(key, index);
            Set(key, zeros);
        }
    }

    private void PopAll()
    {
        var value = new byte[ValueSize];
        for (long popped = 0; popped <= MaxEntries && TryPop(value); popped++)
        {
        }
    }
}
