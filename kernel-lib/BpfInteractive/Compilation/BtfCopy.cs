using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>
/// Copies types of one BTF into a new one: structs with those members alone that have a wanted name or none, and their pointers as <c>void *</c>;
/// enums whole; typedefs and function prototypes with all they are made of.
/// </summary>
internal sealed class BtfCopy
{
    private readonly BtfData _source;
    private readonly NameSet _members;
    private readonly Dictionary<int, int> _copied = [];
    private readonly List<byte[]> _types = [];
    private readonly List<byte> _strings = [0];
    private readonly Dictionary<uint, uint> _copiedStrings = new() { [0] = 0 };
    private int _voidPointer;

    internal BtfCopy(BtfData source, NameSet members)
    {
        _source = source;
        _members = members;
    }

    internal void Add(BtfType type) => Copy(type, isMember: false);

    internal byte[] Build()
    {
        if (_types.Count == 0)
        {
            // Readers want at least one type.
            VoidPointer();
        }

        var typesLength = _types.Sum(static type => type.Length);
        var bytes = new byte[BtfLayout.HeaderLength + typesLength + _strings.Count];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, BtfLayout.Magic);
        bytes[2] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), BtfLayout.HeaderLength);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), typesLength);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), typesLength);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), _strings.Count);
        var position = BtfLayout.HeaderLength;
        foreach (var type in _types)
        {
            type.CopyTo(bytes, position);
            position += type.Length;
        }

        _strings.CopyTo(bytes, position);
        return bytes;
    }

    /// <summary>The number of a type's copy. A member's pointer needs no pointee, and its typedefs and qualifiers say nothing to CO-RE.</summary>
    private int Copy(BtfType type, bool isMember)
    {
        if (isMember)
        {
            type = type.Resolve();
            if (type.Kind == BtfKind.Pointer)
            {
                return VoidPointer();
            }
        }

        if (type.Id == 0)
        {
            return 0;
        }

        if (_copied.TryGetValue(type.Id, out var known))
        {
            return known;
        }

        // The number is taken before what the type refers to is copied: a prototype may come round to its own typedef.
        _types.Add([]);
        var id = _types.Count;
        _copied[type.Id] = id;
        _types[id - 1] = Record(type, isMember);
        return id;
    }

    private byte[] Record(BtfType type, bool isMember)
    {
        if (type.Kind is BtfKind.Struct or BtfKind.Union)
        {
            return Members(type);
        }

        var record = type.Data.RecordOf(type.Id).ToArray();
        Rename(record, 0);
        switch (type.Kind)
        {
            case BtfKind.Enum or BtfKind.Enum64:
                var step = type.Kind == BtfKind.Enum ? BtfLayout.EnumValueLength : BtfLayout.Enum64ValueLength;
                for (var at = BtfLayout.CommonLength; at < record.Length; at += step)
                {
                    Rename(record, at);
                }

                break;
            case BtfKind.Array:
                Refer(record, 12, isMember);
                Refer(record, 16, isMember);
                break;
            case BtfKind.FunctionPrototype:
                Refer(record, 8, isMember: false);
                for (var at = BtfLayout.CommonLength; at < record.Length; at += BtfLayout.ParameterLength)
                {
                    Rename(record, at);
                    Refer(record, at + 4, isMember: false);
                }

                break;
            case var kind when BtfLayout.HasTarget(kind):
                Refer(record, 8, isMember);
                break;
        }

        return record;
    }

    private byte[] Members(BtfType type)
    {
        var source = type.Data.RecordOf(type.Id);
        var kept = new List<byte>(source[..BtfLayout.CommonLength].ToArray());
        var count = 0;
        for (var at = BtfLayout.CommonLength; at < source.Length; at += BtfLayout.MemberLength)
        {
            var name = BinaryPrimitives.ReadUInt32LittleEndian(source[at..]);
            if (name == 0 || _members.Contains(_source.StringAt(name)))
            {
                kept.AddRange(source.Slice(at, BtfLayout.MemberLength));
                count++;
            }
        }

        var record = kept.ToArray();
        Rename(record, 0);
        for (var at = BtfLayout.CommonLength; at < record.Length; at += BtfLayout.MemberLength)
        {
            Rename(record, at);
            Refer(record, at + 4, isMember: true);
        }

        var info = BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(4));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), (info & 0xffff_0000) | (uint)count);
        return record;
    }

    private void Refer(byte[] record, int at, bool isMember)
    {
        var target = _source.Follow(BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(at)));
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(at), Copy(target, isMember));
    }

    private void Rename(byte[] record, int at)
    {
        var offset = BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(at));
        if (!_copiedStrings.TryGetValue(offset, out var copied))
        {
            copied = (uint)_strings.Count;
            _strings.AddRange(_source.StringAt(offset));
            _strings.Add(0);
            _copiedStrings[offset] = copied;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(at), copied);
    }

    private int VoidPointer()
    {
        if (_voidPointer == 0)
        {
            var record = new byte[BtfLayout.CommonLength];
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), (uint)BtfKind.Pointer << 24);
            _types.Add(record);
            _voidPointer = _types.Count;
        }

        return _voidPointer;
    }
}
