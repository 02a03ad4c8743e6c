namespace BpfInteractive;

/// <summary>
/// The mappings of one address space as the sampler tells of them: each lies there from its time on, until another one is told of that it overlaps. A telling in order
/// costs a binary search, whatever was told before (a JIT maps thousands of pieces); one that comes late looks at those that ended after its time.
/// </summary>
internal sealed class MappingChanges
{
    /// <summary>Those that lie there still. They never overlap, so by start they are by end too.</summary>
    private readonly List<AddressSpace.Row> _open = [];

    /// <summary>Those that another one replaced, by the time of that.</summary>
    private readonly List<AddressSpace.Row> _closed = [];

    private readonly List<AddressSpace.Row> _overlapping = [];

    /// <summary>Takes in a mapping that lies there from <see cref="AddressSpace.Row.FirstNs"/> on, and sets the end of it and of those it overlaps; false when it is known.</summary>
    internal bool Add(AddressSpace.Row row)
    {
        FindOverlapping(row);
        foreach (var other in _overlapping)
        {
            if (other.Mapping == row.Mapping && other.FirstNs <= row.FirstNs)
            {
                return false;
            }
        }

        foreach (var other in _overlapping)
        {
            var (earlier, later) = other.FirstNs < row.FirstNs ? (other, row) : (row, other);
            if (earlier.GoneNs > later.FirstNs)
            {
                End(earlier, later.FirstNs, isListed: earlier != row);
            }
        }

        List(row);
        return true;
    }

    // Of those that ended before the row's time nothing changes.
    private void FindOverlapping(AddressSpace.Row row)
    {
        _overlapping.Clear();
        for (var at = FirstOpen(row.Mapping.Start); at < _open.Count && _open[at].Mapping.Start < row.Mapping.End; at++)
        {
            _overlapping.Add(_open[at]);
        }

        for (var at = _closed.Count - 1; at >= 0 && _closed[at].GoneNs > row.FirstNs; at--)
        {
            var mapping = _closed[at].Mapping;
            if (mapping.Start < row.Mapping.End && row.Mapping.Start < mapping.End)
            {
                _overlapping.Add(_closed[at]);
            }
        }
    }

    private void End(AddressSpace.Row row, long timeNs, bool isListed)
    {
        if (isListed && row.GoneNs == long.MaxValue)
        {
            _open.RemoveAt(FirstOpen(row.Mapping.Start));
        }
        else if (isListed)
        {
            _closed.RemoveAt(_closed.LastIndexOf(row));
        }

        row.GoneNs = timeNs;
        row.LastNs = Math.Max(row.FirstNs, timeNs - 1);
        if (isListed)
        {
            List(row);
        }
    }

    private void List(AddressSpace.Row row)
    {
        if (row.GoneNs == long.MaxValue)
        {
            _open.Insert(FirstOpen(row.Mapping.Start), row);
            return;
        }

        // Nearly always the last one.
        var at = _closed.Count;
        while (at > 0 && _closed[at - 1].GoneNs > row.GoneNs)
        {
            at--;
        }

        _closed.Insert(at, row);
    }

    /// <summary>The first that ends behind an address.</summary>
    private int FirstOpen(ulong address)
    {
        var (low, high) = (0, _open.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_open[middle].Mapping.End <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
