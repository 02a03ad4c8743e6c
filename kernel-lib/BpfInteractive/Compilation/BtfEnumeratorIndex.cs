namespace BpfInteractive;

/// <summary>Finds enums by the names of their values: open addressing over all values of a <see cref="BtfData"/>.</summary>
internal sealed class BtfEnumeratorIndex
{
    private readonly BtfData _data;
    private readonly (int Enum, uint Name)[] _values;
    private readonly int[] _slots;

    internal BtfEnumeratorIndex(BtfData data)
    {
        _data = data;
        var values = new List<(int, uint)>(16384);
        for (var id = 1; id < data.TypeCount; id++)
        {
            if (data.KindOf(id) is BtfKind.Enum or BtfKind.Enum64)
            {
                foreach (var value in new BtfType(data, id).EnumValues)
                {
                    values.Add((id, value.NameOffset));
                }
            }
        }

        _values = [.. values];
        var capacity = 16;
        while (capacity < _values.Length * 2)
        {
            capacity *= 2;
        }

        _slots = new int[capacity];
        for (var index = 0; index < _values.Length; index++)
        {
            Add(index);
        }
    }

    /// <summary>The enum with the lowest number that has a value of this name, or 0.</summary>
    internal int FirstEnumWith(ReadOnlySpan<byte> name)
    {
        for (var slot = (int)BtfNameIndex.Hash(name) & (_slots.Length - 1); _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            var (id, nameOffset) = _values[_slots[slot] - 1];
            if (_data.StringAt(nameOffset).SequenceEqual(name))
            {
                return id;
            }
        }

        return 0;
    }

    private void Add(int index)
    {
        var slot = (int)BtfNameIndex.Hash(_data.StringAt(_values[index].Name)) & (_slots.Length - 1);
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) & (_slots.Length - 1);
        }

        _slots[slot] = index + 1;
    }
}
