using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>A queue or stack map seen through a C# struct. A view: it owns nothing.</summary>
/// <typeparam name="TValue">Lies in memory as the C value does.</typeparam>
/// <remarks>Thread-safe as <see cref="BpfMap"/> is: each call is one step.</remarks>
[SuppressMessage("Naming", "CA1711", Justification = "It is one.")]
public sealed class BpfQueue<TValue>
    where TValue : unmanaged
{
    internal BpfQueue(BpfMap map) => Map = map;

    /// <summary>The map as bytes.</summary>
    public BpfMap Map { get; }

    /// <summary>Puts a value in.</summary>
    /// <exception cref="BpfException">It is full.</exception>
    public void Push(TValue value) => Map.Push(MemoryMarshal.AsBytes(new ReadOnlySpan<TValue>(in value)));

    /// <summary>Takes the oldest value out of a queue, the youngest off a stack.</summary>
    /// <returns>False when it is empty.</returns>
    public bool TryPop(out TValue value)
    {
        value = default;
        return Map.TryPop(MemoryMarshal.AsBytes(new Span<TValue>(ref value)));
    }

    /// <summary>Reads what <see cref="TryPop"/> would take.</summary>
    /// <returns>False when it is empty.</returns>
    public bool TryPeek(out TValue value)
    {
        value = default;
        return Map.TryPeek(MemoryMarshal.AsBytes(new Span<TValue>(ref value)));
    }

    /// <summary>Takes values out until it is empty, at most as many as it can hold.</summary>
    public IEnumerable<TValue> Drain()
    {
        for (long taken = 0; taken < Map.MaxEntries && TryPop(out var value); taken++)
        {
            yield return value;
        }
    }
}
