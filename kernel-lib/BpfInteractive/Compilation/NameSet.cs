namespace BpfInteractive;

/// <summary>A set of names in UTF-8 that answers for spans without making strings.</summary>
internal sealed class NameSet
{
    private readonly List<byte[]> _names = [];
    private int[] _slots = new int[256];

    internal IReadOnlyList<byte[]> Names => _names;

    internal bool Contains(ReadOnlySpan<byte> name) => _slots[SlotOf(name)] != 0;

    internal bool Add(ReadOnlySpan<byte> name)
    {
        var slot = SlotOf(name);
        if (_slots[slot] != 0)
        {
            return false;
        }

        _names.Add(name.ToArray());
        _slots[slot] = _names.Count;
        if (_names.Count * 2 > _slots.Length)
        {
            Grow();
        }

        return true;
    }

    /// <summary>The slot of a name, or the free one where it would go.</summary>
    private int SlotOf(ReadOnlySpan<byte> name)
    {
        var mask = _slots.Length - 1;
        var slot = (int)BtfNameIndex.Hash(name) & mask;
        while (_slots[slot] != 0 && !_names[_slots[slot] - 1].AsSpan().SequenceEqual(name))
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Grow()
    {
        _slots = new int[_slots.Length * 2];
        for (var index = 0; index < _names.Count; index++)
        {
            _slots[SlotOf(_names[index])] = index + 1;
        }
    }
}
