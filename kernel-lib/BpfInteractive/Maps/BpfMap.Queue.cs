using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Maps without keys: queues, stacks, bloom filters.</summary>
public sealed unsafe partial class BpfMap
{
    /// <summary>Puts a value into a queue or onto a stack.</summary>
    /// <param name="value">Exactly <see cref="ValueSize"/> bytes.</param>
    /// <exception cref="BpfException">It is full, or no queue or stack.</exception>
    public void Push(ReadOnlySpan<byte> value) => Insert(value, BpfMapOperations.Push, "push to");

    /// <summary>Takes the oldest value out of a queue, the youngest off a stack.</summary>
    /// <param name="value">Exactly <see cref="ValueSize"/> bytes.</param>
    /// <returns>False when it is empty.</returns>
    public bool TryPop(Span<byte> value)
    {
        Require(BpfMapOperations.Pop, "pop from");
        CheckValue(value);
        using var lease = Borrow();
        fixed (byte* v = value)
        {
            // SAFETY: pinned, and as long as the kernel writes; there is no key.
            return Found(MapSyscall.Take(Fd, null, v, 0), "pop from", default);
        }
    }

    /// <summary>Reads the value that <see cref="TryPop(Span{byte})"/> would take, and leaves it in.</summary>
    /// <param name="value">Exactly <see cref="ValueSize"/> bytes.</param>
    /// <returns>False when it is empty.</returns>
    public bool TryPeek(Span<byte> value)
    {
        Require(BpfMapOperations.Peek, "peek at");
        CheckValue(value);
        using var lease = Borrow();
        fixed (byte* v = value)
        {
            // SAFETY: pinned, and as long as the kernel writes; there is no key.
            return Found(MapSyscall.Lookup(Fd, null, v, 0), "peek at", default);
        }
    }

    /// <summary>Puts a value into a bloom filter.</summary>
    /// <param name="value">Exactly <see cref="ValueSize"/> bytes.</param>
    public void AddToFilter(ReadOnlySpan<byte> value) => Insert(value, BpfMapOperations.Add, "add to");

    /// <summary>Asks a bloom filter for a value.</summary>
    /// <param name="value">Exactly <see cref="ValueSize"/> bytes.</param>
    /// <returns>False: it was never put in. True: it was, or values that were hide that it was not.</returns>
    public bool MayContain(ReadOnlySpan<byte> value)
    {
        Require(BpfMapOperations.Test, "ask");
        CheckValue(value);
        using var lease = Borrow();
        fixed (byte* v = value)
        {
            // SAFETY: pinned, and as long as the kernel reads; a bloom filter's look-up writes nothing.
            return Found(MapSyscall.Lookup(Fd, null, v, 0), "ask", default);
        }
    }

    private void Insert(ReadOnlySpan<byte> value, BpfMapOperations operation, string attempt)
    {
        Require(operation, attempt);
        CheckValue(value);
        using var lease = Borrow();
        fixed (byte* v = value)
        {
            // SAFETY: pinned, and as long as the kernel reads; there is no key.
            var result = MapSyscall.Update(Fd, null, v, 0);
            if (result < 0)
            {
                throw result is -Errno.E2BIG or -Errno.ENOSPC ? MapErrors.Full(this, attempt, -result) : MapErrors.Refused(this, attempt, default, -result);
            }
        }
    }
}
