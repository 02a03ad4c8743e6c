using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace BpfInteractive;

/// <summary>
/// Gives each distinct text a code, in the order of first sight: an open-addressed table over texts that lie end to end in one array.
/// A text seen before allocates nothing.
/// </summary>
internal sealed class TextDictionaryBuilder
{
    // Texts come from processes that may want long probe chains; a seed of our own keeps them from choosing them.
    private static readonly ulong s_seed = (ulong)Random.Shared.NextInt64();

    private int[] _slots = [];
    private uint[] _hashes = [];
    private int[] _offsets = [0];
    private byte[] _bytes = [];
    private string?[] _strings = [];

    internal int Count { get; private set; }

    /// <summary>The code of a text given in UTF-8; a new one when it was not seen before.</summary>
    internal int Intern(ReadOnlySpan<byte> utf8)
    {
        var hash = Hash(utf8);
        var code = Find(utf8, hash);
        if (code >= 0)
        {
            return code;
        }

        return Utf8.IsValid(utf8) ? Add(utf8, hash) : InternRepaired(utf8);
    }

    /// <summary>The code of a text.</summary>
    internal int Intern(ReadOnlySpan<char> text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> utf8 = most <= 1024 ? stackalloc byte[most] : new byte[most];
        return Intern(utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }

    /// <summary>What there is now. Later texts do not show in it, and it stays right: the arrays behind it are only ever appended to.</summary>
    internal TextDictionary ToDictionary() => new(Count, _offsets, _bytes, _strings);

    private int Find(ReadOnlySpan<byte> utf8, uint hash)
    {
        var mask = _slots.Length - 1;
        for (var slot = (int)hash & mask; mask >= 0; slot = (slot + 1) & mask)
        {
            var code = _slots[slot] - 1;
            if (code < 0)
            {
                break;
            }

            if (_hashes[code] == hash && _bytes.AsSpan(_offsets[code], _offsets[code + 1] - _offsets[code]).SequenceEqual(utf8))
            {
                return code;
            }
        }

        return -1;
    }

    private int Add(ReadOnlySpan<byte> utf8, uint hash)
    {
        if (Count == _hashes.Length)
        {
            Grow();
        }

        var start = _offsets[Count];
        var end = checked(start + utf8.Length);
        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(256, Math.Max(end, _bytes.Length * 2L))));
        }

        utf8.CopyTo(_bytes.AsSpan(start));
        _offsets[Count + 1] = end;
        _hashes[Count] = hash;
        Place(Count, hash);
        return Count++;
    }

    private int InternRepaired(ReadOnlySpan<byte> bytes)
    {
        var repaired = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes));
        var hash = Hash(repaired);
        var code = Find(repaired, hash);
        return code >= 0 ? code : Add(repaired, hash);
    }

    private void Grow()
    {
        var capacity = Math.Max(16, checked(_hashes.Length * 2));
        Array.Resize(ref _hashes, capacity);
        Array.Resize(ref _strings, capacity);
        Array.Resize(ref _offsets, capacity + 1);
        _slots = new int[capacity * 2];
        for (var code = 0; code < Count; code++)
        {
            Place(code, _hashes[code]);
        }
    }

    private void Place(int code, uint hash)
    {
        var mask = _slots.Length - 1;
        var slot = (int)hash & mask;
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) & mask;
        }

        _slots[slot] = code + 1;
    }

    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        const ulong Prime = 0x9E37_79B9_7F4A_7C15;
        var hash = s_seed ^ ((ulong)bytes.Length * Prime);
        while (bytes.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        ulong tail = 0;
        for (var at = 0; at < bytes.Length; at++)
        {
            tail |= (ulong)bytes[at] << (at * 8);
        }

        return (uint)Mix(hash ^ tail);

        static ulong Mix(ulong value)
        {
            var high = Math.BigMul(value, Prime, out var low);
            return high ^ low;
        }
    }
}
