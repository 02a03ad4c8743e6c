using System.Buffers.Binary;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// The events of a NetTrace stream, version 4 (microsoft/perfview: src/TraceEvent/EventPipe/NetTraceFormat_v4.md): an object after another, of which blocks of metadata say what the
/// numbers of events mean and blocks of events hold them. All that a stream says of lengths is checked; what cannot be read ends it there.
/// </summary>
internal ref struct NetTraceReader
{
    private const byte NullReference = 1;
    private const byte BeginObject = 5;
    private const byte EndObject = 6;
    private const int MostKinds = 10_000;
    private readonly Dictionary<uint, (string Provider, int Id)> _kinds = [];
    private readonly ReadOnlySpan<byte> _stream;
    private ReadOnlySpan<byte> _block;
    private Header _header;
    private bool _isMetadata;
    private int _at;

    internal NetTraceReader(ReadOnlySpan<byte> stream)
    {
        _stream = stream;
        var head = "Nettrace\u0014\0\0\0!FastSerialization.1"u8;
        _at = head.Length;
        IsDamaged = !stream.StartsWith(head);
    }

    /// <summary>Whether the stream was no such stream, or ended before its end.</summary>
    internal bool IsDamaged { get; private set; }

    /// <summary>The provider of the event that was read.</summary>
    internal string Provider { get; private set; } = "";

    /// <summary>Its number within the provider.</summary>
    internal int Id { get; private set; }

    /// <summary>What it carries.</summary>
    internal ReadOnlySpan<byte> Payload { get; private set; }

    /// <summary>Reads the next event; false at the end, and where the stream is damaged.</summary>
    internal bool Read()
    {
        while (!IsDamaged)
        {
            while (_block.Length > 0 && !IsDamaged)
            {
                if (!ReadEvent(out var payload))
                {
                    IsDamaged = true;
                }
                else if (_isMetadata)
                {
                    AddKind(payload);
                }
                else if (_kinds.TryGetValue(_header.Kind, out var kind))
                {
                    (Provider, Id) = kind;
                    Payload = payload;
                    return true;
                }
            }

            if (IsDamaged || !ReadObject())
            {
                break;
            }
        }

        return false;
    }

    /// <summary>The next object: two tags, a null, two versions, the length of its kind's name, the name, a tag; its contents; a tag.</summary>
    private bool ReadObject()
    {
        var rest = _stream[_at..];
        if (rest.Length > 0 && rest[0] == NullReference)
        {
            return false;
        }

        if (rest.Length < 16 || rest[0] != BeginObject || rest[1] != BeginObject || rest[2] != NullReference
            || BinaryPrimitives.ReadInt32LittleEndian(rest[11..]) is not (> 0 and <= 64 and var length) || rest.Length < 16 + length)
        {
            return Damage();
        }

        var kind = rest.Slice(15, length);
        _at += 15 + length + 1;
        return kind.SequenceEqual("Trace"u8) ? Skip(48) : ReadBlock(isMetadata: kind.SequenceEqual("MetadataBlock"u8), isEvents: kind.SequenceEqual("EventBlock"u8));
    }

    private bool ReadBlock(bool isMetadata, bool isEvents)
    {
        if (_stream.Length - _at < 8)
        {
            return Damage();
        }

        var size = BinaryPrimitives.ReadInt32LittleEndian(_stream[_at..]);
        var start = (_at + 4 + 3) & ~3;
        if (size < 0 || size > _stream.Length - start)
        {
            return Damage();
        }

        _at = start;
        var block = _stream.Slice(start, size);
        _block = default;
        (_header, _isMetadata) = (default, isMetadata);
        if (isMetadata || isEvents)
        {
            // The head's own length, then flags: 1 for the short form of what stands before each event, which all runtimes write.
            var head = size < 4 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(block);
            if (head < 4 || head > size || (block[2] & 1) == 0)
            {
                return Damage();
            }

            _block = block[head..];
        }

        return Skip(size);
    }

    private bool Skip(int size)
    {
        if (size >= _stream.Length - _at || _stream[_at + size] != EndObject)
        {
            return Damage();
        }

        _at += size + 1;
        return true;
    }

    private bool Damage()
    {
        IsDamaged = true;
        return false;
    }

    /// <summary>What stands before an event tells only what is not as before the last one.</summary>
    private bool ReadEvent(out ReadOnlySpan<byte> payload)
    {
        payload = default;
        var flags = _block[0];
        _block = _block[1..];
        if ((flags & 1) != 0 && !ReadNumber(out _header.Kind))
        {
            return false;
        }

        // A sequence number, a thread and a processor; a thread; a stack; the time, always.
        var numbers = ((flags & 2) != 0 ? 3 : 0) + ((flags & 4) != 0 ? 1 : 0) + ((flags & 8) != 0 ? 1 : 0) + 1;
        for (; numbers > 0; numbers--)
        {
            if (!ReadNumber(out _))
            {
                return false;
            }
        }

        var ids = ((flags & 16) != 0 ? 16 : 0) + ((flags & 32) != 0 ? 16 : 0);
        if (ids > _block.Length)
        {
            return false;
        }

        _block = _block[ids..];
        if (((flags & 128) != 0 && !ReadNumber(out _header.Length)) || _header.Length > (uint)_block.Length)
        {
            return false;
        }

        payload = _block[..(int)_header.Length];
        _block = _block[(int)_header.Length..];
        return true;
    }

    /// <summary>Seven bits a byte, the lowest first; at most ten bytes.</summary>
    private bool ReadNumber(out uint value)
    {
        value = 0;
        for (var i = 0; i < 10 && i < _block.Length; i++)
        {
            value |= i < 5 ? (uint)(_block[i] & 127) << (7 * i) : 0;
            if (_block[i] < 128)
            {
                _block = _block[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    /// <summary>The number that events bear, the provider's name, the event's number there.</summary>
    private readonly void AddKind(ReadOnlySpan<byte> payload)
    {
        var rest = payload.Length < 4 ? default : payload[4..];
        if (ReadText(ref rest, out var provider) && rest.Length >= 4 && _kinds.Count < MostKinds)
        {
            _kinds[BinaryPrimitives.ReadUInt32LittleEndian(payload)] = (Encoding.Unicode.GetString(provider), BinaryPrimitives.ReadInt32LittleEndian(rest));
        }
    }

    /// <summary>A text of UTF-16 up to its 0, and what comes behind it.</summary>
    internal static bool ReadText(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> text)
    {
        for (var length = 0; length + 1 < bytes.Length; length += 2)
        {
            if (bytes[length] == 0 && bytes[length + 1] == 0)
            {
                text = bytes[..length];
                bytes = bytes[(length + 2)..];
                return true;
            }
        }

        text = default;
        return false;
    }

    private struct Header
    {
        internal uint Kind;
        internal uint Length;
    }
}
