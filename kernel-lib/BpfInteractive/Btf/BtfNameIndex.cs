using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// Finds types by name: an open-addressing table of type numbers. A slot is a type's number in its lower bits and bits of its name's hash above them, so that a
/// look-up seldom touches a name that is not the one wanted.
/// </summary>
internal sealed class BtfNameIndex
{
    private readonly BtfData _data;
    private readonly uint[] _slots;
    private readonly uint _idMask;

    internal BtfNameIndex(BtfData data)
    {
        _data = data;
        var own = data.TypeCount - data.FirstId;
        var capacity = 16;
        while (capacity < own * 2)
        {
            capacity *= 2;
        }

        _slots = new uint[capacity];
        _idMask = (uint)(capacity - 1);
        for (var index = 0; index < own; index++)
        {
            Add(index);
        }
    }

    /// <summary>The types of a name, in the order of their numbers; the caller checks kinds.</summary>
    internal Matches Find(ReadOnlySpan<byte> name) => new(this, name);

    private void Add(int index)
    {
        var id = _data.FirstId + index;
        var nameOffset = _data.NameOffsetOf(id);
        if (nameOffset == 0)
        {
            return;
        }

        var hash = Hash(_data.StringAt(nameOffset));
        var slot = hash & _idMask;
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) & _idMask;
        }

        // Own numbers are counted from 1, so that no slot in use is 0; there are at most half as many as slots, so that they fit the mask.
        _slots[slot] = (hash & ~_idMask) | (uint)(index + 1);
    }

    /// <summary>Eight bytes a step; any good mixing will do, it never leaves the process.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Hash(ReadOnlySpan<byte> name)
    {
        var hash = (ulong)name.Length * 0x9E3779B97F4A7C15ul;
        while (name.Length >= 8)
        {
            hash = (hash ^ MemoryMarshal.Read<ulong>(name)) * 0x9FB21C651E98DF25ul;
            hash ^= hash >> 32;
            name = name[8..];
        }

        ulong tail = 0;
        for (var i = 0; i < name.Length; i++)
        {
            tail |= (ulong)name[i] << (8 * i);
        }

        hash = (hash ^ tail) * 0x9FB21C651E98DF25ul;
        return (uint)(hash >> 32) ^ (uint)hash;
    }

    /// <summary>Walks the types of one name.</summary>
    internal ref struct Matches
    {
        private readonly BtfNameIndex _index;
        private readonly ReadOnlySpan<byte> _name;
        private readonly uint _hash;
        private uint _slot;

        internal Matches(BtfNameIndex index, ReadOnlySpan<byte> name)
        {
            _index = index;
            _name = name;
            _hash = Hash(name);
            _slot = _hash & index._idMask;
        }

        internal int Id { get; private set; }

        internal bool MoveNext()
        {
            var mask = _index._idMask;
            for (; _index._slots[_slot] is var value and not 0; _slot = (_slot + 1) & mask)
            {
                if ((value & ~mask) != (_hash & ~mask))
                {
                    continue;
                }

                var id = _index._data.FirstId + (int)(value & mask) - 1;
                if (_index._data.StringAt(_index._data.NameOffsetOf(id)).SequenceEqual(_name))
                {
                    Id = id;
                    _slot = (_slot + 1) & mask;
                    return true;
                }
            }

            return false;
        }
    }
}
