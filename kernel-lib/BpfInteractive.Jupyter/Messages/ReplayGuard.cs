using System.Buffers.Binary;
using System.Text;

namespace BpfInteractive.Jupyter;

/// <summary>
/// Remembers the signatures of messages, so that one that was listened to cannot be sent again. A million are kept, eight bytes of each, the oldest go first: more than
/// a client sends in weeks. Thread-safe.
/// </summary>
internal sealed class ReplayGuard(int capacity = 1 << 20)
{
    private readonly HashSet<ulong> _seen = [];
    private readonly Queue<ulong> _order = new();

    /// <summary>True the first time that a right signature comes.</summary>
    internal bool IsNew(ReadOnlySpan<byte> signature)
    {
        var start = BinaryPrimitives.ReadUInt64LittleEndian(Convert.FromHexString(Encoding.ASCII.GetString(signature[..16])));
        lock (_seen)
        {
            if (!_seen.Add(start))
            {
                return false;
            }

            _order.Enqueue(start);
            if (_order.Count > capacity)
            {
                _seen.Remove(_order.Dequeue());
            }

            return true;
        }
    }
}
