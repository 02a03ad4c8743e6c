using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// BPF_MAP_LOOKUP_BATCH (Linux 5.6; per-CPU arrays 5.13): thousands of entries for each system call. A hash gives whole buckets under their locks, and a key
/// never changes its bucket, so each entry that stays is read exactly once whatever else changes meanwhile. Tries go on from the last key and
/// start again when it was deleted: their keys are checked for having been seen.
/// </summary>
internal sealed unsafe class BatchReader : MapReader
{
    // Large enough that the call's own cost is spread, small enough to stay in the cache while the values are decoded.
    private const int BatchBytes = 256 * 1024;

    private readonly NativeBuffer _keys;
    private readonly NativeBuffer _values;
    private readonly NativeBuffer _cursors;
    private readonly HashSet<byte[]>? _seen;
    private readonly bool _take;
    private readonly int _cursorSize;
    private uint _capacity;
    private bool _started;
    private bool _ended;
    private bool _hasFirst;
    private long _again;

    internal BatchReader(BpfMap map, bool take)
        : base(map)
    {
        _take = take;
        _cursorSize = Math.Max(map.KeySize, sizeof(uint));
        _capacity = (uint)Math.Clamp(BatchBytes / Math.Max(1, map.KeySize + map.ValueBufferSize), 64, Math.Max(64, Math.Min(map.MaxEntries, 1 << 16)));
        _keys = new NativeBuffer(_capacity * (nuint)map.KeySize);
        _values = new NativeBuffer(_capacity * (nuint)map.ValueBufferSize);
        _cursors = new NativeBuffer(2 * (nuint)_cursorSize);
        _seen = map.Type == BpfMapType.LpmTrie ? new(BytesComparer.Instance) : null;

        // The first batch tells whether the kernel offers this for the map at all.
        IsSupported = ReadBatch();
        _hasFirst = IsSupported;
    }

    internal bool IsSupported { get; }

    internal override ReadOnlySpan<byte> Keys => _keys.Slice(0, Count * Map.KeySize);

    internal override ReadOnlySpan<byte> Values => _values.Slice(0, Count * Map.ValueBufferSize);

    internal override IEnumerable<Loss> Losses =>
        [new("changed-while-read", "keys came again because entries were deleted while the trie was read; some new ones may be missing", _again)];

    internal override bool Next()
    {
        if (_hasFirst)
        {
            _hasFirst = false;
            return true;
        }

        if (_ended || _again > Map.MaxEntries)
        {
            Count = 0;
            return false;
        }

        ReadBatch();
        return true;
    }

    public override void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
        _cursors.Dispose();
        base.Dispose();
    }

    // False when the kernel knows no batches for this map.
    private bool ReadBatch()
    {
        using var lease = Map.Borrow();
        while (true)
        {
            var count = _capacity;
            var from = _cursors.Pointer;
            var next = from + _cursorSize;

            // SAFETY: keys and values have room for `count` entries, both cursors for a key or a bucket number.
            var result = MapSyscall.LookupBatch(Map.Fd, _started ? from : null, next, _keys.Pointer, _values.Pointer, ref count, Map.ElementFlags, _take);
            if (result == -Errno.ENOSPC)
            {
                Grow();
                continue;
            }

            if (result < 0 && result != -Errno.ENOENT)
            {
                return !_started && result is -Errno.ENOTSUPP or -Errno.EINVAL or -Errno.EOPNOTSUPP ? false : throw MapErrors.Refused(Map, "read", default, -result);
            }

            new ReadOnlySpan<byte>(next, _cursorSize).CopyTo(new Span<byte>(from, _cursorSize));
            _started = true;
            _ended = result == -Errno.ENOENT;
            Count = (int)count;
            DropSeen();
            return true;
        }
    }

    // A hash bucket holds more entries than fit.
    private void Grow()
    {
        _capacity *= 2;
        _keys.Resize(_capacity * (nuint)Map.KeySize);
        _values.Resize(_capacity * (nuint)Map.ValueBufferSize);
    }

    private void DropSeen()
    {
        if (_seen is null)
        {
            return;
        }

        var (keySize, valueSize, kept) = (Map.KeySize, Map.ValueBufferSize, 0);
        for (var i = 0; i < Count; i++)
        {
            var key = _keys.Slice((long)i * keySize, keySize);
            if (!_seen.Add(key.ToArray()))
            {
                _again++;
                continue;
            }

            if (kept != i)
            {
                // SAFETY: both places lie inside the buffers, the target before the source.
                key.CopyTo(new Span<byte>(_keys.Pointer + ((long)kept * keySize), keySize));
                _values.Slice((long)i * valueSize, valueSize).CopyTo(new Span<byte>(_values.Pointer + ((long)kept * valueSize), valueSize));
            }

            kept++;
        }

        Count = kept;
    }
}
