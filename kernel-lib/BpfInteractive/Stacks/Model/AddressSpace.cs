namespace BpfInteractive;

/// <summary>
/// What is known of one address space over time: each mapping with the times at which it was seen, and those at which it was seen not to be there. Mappings come and go, so
/// the same address can be in one file now and in another a moment later.
/// </summary>
internal sealed class AddressSpace
{
    private readonly List<Row> _rows = [];
    private readonly List<int> _open = [];
    private readonly MappingChanges _changes = new();
    private long _lastSnapshotNs = long.MinValue;
    private int[]? _byStart;
    private ulong[] _highestEnd = [];
    private long[]? _boundaries;

    internal IReadOnlyList<Row> Rows => _rows;

    internal bool HasMappings => _rows.Count > 0;

    /// <summary>What build-id stacks told of it, for addresses in no known mapping.</summary>
    internal BuildIdPages BuildIdPages { get; } = new();

    /// <summary>Why it has none.</summary>
    internal FrameReason WhyNone { get; set; } = FrameReason.NoSnapshot;

    /// <summary>A mapping and the times that are known of it: not there at <see cref="AbsentBeforeNs"/>, there from <see cref="FirstNs"/> to <see cref="LastNs"/>, gone at <see cref="GoneNs"/>.</summary>
    internal sealed class Row(ProfileMapping mapping, long absentBeforeNs, long timeNs)
    {
        internal ProfileMapping Mapping { get; } = mapping;

        internal long AbsentBeforeNs { get; set; } = absentBeforeNs;

        internal long FirstNs { get; set; } = timeNs;

        internal long LastNs { get; set; } = timeNs;

        internal long GoneNs { get; set; } = long.MaxValue;

        internal bool Holds(ulong address) => address >= Mapping.Start && address < Mapping.End;

        internal bool CanBeAt(long timeNs) => timeNs > AbsentBeforeNs && timeNs < GoneNs;

        internal bool WasSeenAt(long timeNs) => timeNs >= FirstNs && timeNs <= LastNs;

        internal void See(long timeNs)
        {
            FirstNs = Math.Min(FirstNs, timeNs);
            LastNs = Math.Max(LastNs, timeNs);
        }

        /// <summary>Whether an address means the same place in both.</summary>
        internal bool IsSamePlace(Row other) =>
            Mapping.File == other.Mapping.File && (Mapping.File < 0 || Mapping.Start - Mapping.Offset == other.Mapping.Start - other.Mapping.Offset);
    }

    /// <summary>Takes in all executable mappings as they were at one moment.</summary>
    internal void AddSnapshot(long timeNs, ReadOnlySpan<ProfileMapping> mappings)
    {
        var seen = new HashSet<ProfileMapping>(mappings.Length);
        foreach (var mapping in mappings)
        {
            seen.Add(mapping);
        }

        for (var at = _open.Count - 1; at >= 0; at--)
        {
            var row = _rows[_open[at]];
            if (seen.Remove(row.Mapping))
            {
                row.See(timeNs);
            }
            else if (timeNs > row.LastNs)
            {
                row.GoneNs = timeNs;
                _open.RemoveAt(at);
            }
        }

        foreach (var mapping in mappings)
        {
            if (seen.Remove(mapping))
            {
                Open(mapping, _lastSnapshotNs < timeNs ? _lastSnapshotNs : long.MinValue, timeNs);
            }
        }

        _lastSnapshotNs = Math.Max(_lastSnapshotNs, timeNs);
        Forget();
    }

    /// <summary>Takes in one mapping that was there at one moment; of the others nothing is said, but for those it overlaps.</summary>
    internal void AddSighting(long timeNs, in ProfileMapping mapping)
    {
        var absentBeforeNs = long.MinValue;
        for (var at = _open.Count - 1; at >= 0; at--)
        {
            var row = _rows[_open[at]];
            if (row.Mapping == mapping)
            {
                row.See(timeNs);
                return;
            }

            if (row.Mapping.Start < mapping.End && mapping.Start < row.Mapping.End && timeNs > row.LastNs)
            {
                row.GoneNs = timeNs;
                absentBeforeNs = Math.Max(absentBeforeNs, row.LastNs);
                _open.RemoveAt(at);
            }
        }

        Open(mapping, absentBeforeNs, timeNs);
        Forget();
    }

    /// <summary>
    /// Takes in a mapping that lies there from a moment on; what it overlaps, and was there at an earlier moment, was there until then. Of the sampler, which tells a mapping
    /// when it is another than the one it told of before: between two tellings nothing has changed. They may come out of order.
    /// </summary>
    internal void AddChange(long timeNs, in ProfileMapping mapping)
    {
        var row = new Row(mapping, timeNs - 1, timeNs) { LastNs = long.MaxValue };
        if (_changes.Add(row))
        {
            _rows.Add(row);
            Forget();
        }
    }

    /// <summary>The mapping that held an address at a moment; the reason where there is none, or where it could be one of two.</summary>
    internal Row? Find(ulong address, long timeNs, out FrameReason reason)
    {
        Row? found = null;
        reason = HasMappings ? FrameReason.Unmapped : WhyNone;
        Index();
        for (var at = UpperBound(address) - 1; at >= 0 && _highestEnd[at] > address; at--)
        {
            var row = _rows[_byStart![at]];
            if (!row.Holds(address) || !row.CanBeAt(timeNs))
            {
                continue;
            }

            if (row.WasSeenAt(timeNs))
            {
                return row;
            }

            if (found is not null && !found.IsSamePlace(row))
            {
                reason = FrameReason.MappingChanged;
                found = null;
                return FindSeen(address, timeNs, at);
            }

            found ??= row;
        }

        return found;
    }

    /// <summary>Numbers the stretches of time in which every address means one thing, so that what was found once need not be looked for again.</summary>
    internal int EpochOf(long timeNs)
    {
        if (_boundaries is null || BuildIdPages.IsChanged)
        {
            var boundaries = BuildIdPages.Boundaries();
            foreach (var row in _rows)
            {
                if (row.AbsentBeforeNs != long.MinValue)
                {
                    boundaries.Add(row.AbsentBeforeNs + 1);
                    boundaries.Add(row.FirstNs);
                }

                if (row.GoneNs != long.MaxValue)
                {
                    boundaries.Add(row.LastNs + 1);
                    boundaries.Add(row.GoneNs);
                }
            }

            _boundaries = Distinct(boundaries);
        }

        var at = Array.BinarySearch(_boundaries, timeNs);
        return at < 0 ? ~at : at + 1;
    }

    private static long[] Distinct(List<long> times)
    {
        times.Sort();
        var distinct = new List<long>(times.Count);
        foreach (var time in times)
        {
            if (distinct.Count == 0 || distinct[^1] != time)
            {
                distinct.Add(time);
            }
        }

        return [.. distinct];
    }

    private void Open(in ProfileMapping mapping, long absentBeforeNs, long timeNs)
    {
        _open.Add(_rows.Count);
        _rows.Add(new Row(mapping, absentBeforeNs, timeNs));
    }

    private Row? FindSeen(ulong address, long timeNs, int from)
    {
        for (var at = from - 1; at >= 0 && _highestEnd[at] > address; at--)
        {
            if (_rows[_byStart![at]] is var row && row.Holds(address) && row.WasSeenAt(timeNs))
            {
                return row;
            }
        }

        return null;
    }

    private int UpperBound(ulong address)
    {
        var (low, high) = (0, _byStart!.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_rows[_byStart[middle]].Mapping.Start <= address)
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

    private void Index()
    {
        if (_byStart is not null)
        {
            return;
        }

        _byStart = [.. Enumerable.Range(0, _rows.Count).OrderBy(row => _rows[row].Mapping.Start)];
        _highestEnd = new ulong[_byStart.Length];
        var highest = 0UL;
        for (var at = 0; at < _byStart.Length; at++)
        {
            highest = Math.Max(highest, _rows[_byStart[at]].Mapping.End);
            _highestEnd[at] = highest;
        }
    }

    // What was worked out of the rows is worked out anew when asked for.
    private void Forget() => (_byStart, _boundaries) = (null, null);
}
