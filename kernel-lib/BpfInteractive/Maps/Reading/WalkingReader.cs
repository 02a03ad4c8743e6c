using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// Key after key, two system calls an entry: for kernels and kinds of map without batches. When the key just read is deleted the kernel starts
/// again from the first; keys seen already are then passed over, as often as the map has entries, and both are counted.
/// </summary>
internal sealed unsafe class WalkingReader(BpfMap map, bool take) : MapReader(map)
{
    private const int BatchEntries = 1024;

    private readonly NativeBuffer _keys = new((nuint)(BatchEntries * map.KeySize));
    private readonly NativeBuffer _values = new((nuint)(BatchEntries * map.ValueBufferSize));
    private readonly HashSet<byte[]> _seen = new(BytesComparer.Instance);
    private byte[]? _last;
    private long _again;
    private long _vanished;
    private bool _ended;
    private bool _takesInTwo;

    internal override ReadOnlySpan<byte> Keys => _keys.Slice(0, Count * Map.KeySize);

    internal override ReadOnlySpan<byte> Values => _values.Slice(0, Count * Map.ValueBufferSize);

    internal override IEnumerable<Loss> Losses =>
    [
        new("changed-while-read", "keys came again because entries were deleted while the map was read; some may be missing", _again),
        new("vanished-while-read", "entries were deleted between their key and their value", _vanished),
    ];

    internal override bool Next()
    {
        Count = 0;
        if (_ended)
        {
            return false;
        }

        using var lease = Map.Borrow();
        var fd = Map.Fd;
        while (Count < BatchEntries && !_ended)
        {
            ReadEntry(fd);
        }

        return true;
    }

    public override void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
        base.Dispose();
    }

    private void ReadEntry(int fd)
    {
        var key = new byte[Map.KeySize];
        fixed (byte* k = key)
        {
            // SAFETY: the arrays have the key's size; the value is written at an entry that the buffer has room for.
            fixed (byte* last = take ? null : _last)
            {
                if (!Map.Found(MapSyscall.NextKey(fd, last, k), "read", key))
                {
                    _ended = true;
                    return;
                }
            }

            _last = key;
            if (!_seen.Add(key) && !take)
            {
                _ended = ++_again > Map.MaxEntries;
                return;
            }

            var value = _values.Pointer + ((long)Count * Map.ValueBufferSize);
            if (!Map.Found(take ? Take(fd, k, value) : MapSyscall.Lookup(fd, k, value, Map.ElementFlags), "read", key))
            {
                _vanished++;
                return;
            }

            key.CopyTo(new Span<byte>(_keys.Pointer + ((long)Count * Map.KeySize), Map.KeySize));
            Count++;
        }
    }

    // In one step where the kernel offers it for this map (hashes, Linux 5.14); else an update between the two steps is lost.
    private int Take(int fd, byte* key, byte* value)
    {
        if (!_takesInTwo)
        {
            var result = MapSyscall.Take(fd, key, value, Map.ElementFlags);
            _takesInTwo = result is -Errno.ENOTSUPP or -Errno.EOPNOTSUPP or -Errno.EINVAL;
            if (!_takesInTwo)
            {
                return result;
            }
        }

        var found = MapSyscall.Lookup(fd, key, value, Map.ElementFlags);
        return found < 0 ? found : MapSyscall.Delete(fd, key);
    }
}
