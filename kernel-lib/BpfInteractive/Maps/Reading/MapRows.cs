namespace BpfInteractive;

/// <summary>The rows of a map: which columns, and how a batch of entries is appended to them. One thread at a time.</summary>
internal sealed unsafe class MapRows
{
    private readonly BpfMap _map;
    private readonly MapField? _key;
    private readonly TextColumnBuilder? _keyText;
    private readonly TextColumnBuilder? _prefix;
    private readonly ColumnBuilder<ushort>? _cpu;
    private readonly MapField _value;
    private readonly PerCpuSum? _sum;
    private readonly int _rowsPerEntry;
    private nint[] _pointers = [];
    private int[] _lengths = [];

    internal MapRows(BpfMap map, ColumnsBuilder columns, BpfMapReadOptions options)
    {
        _map = map;
        var sum = map.IsPerCpu && options.PerCpu == BpfPerCpuRows.Sum;
        _rowsPerEntry = map.IsPerCpu && !sum ? PossibleCpus.Count : 1;
        if (map.Type == BpfMapType.CgroupLocalStorage)
        {
            _keyText = columns.AddText("cgroup");
        }
        else if (map.KeySize > 0)
        {
            _prefix = map.Type == BpfMapType.LpmTrie && IpPrefix.Fits(map.KeySize) ? columns.AddText("prefix") : null;
            _key = MapField.ForKey(map, columns);
        }

        _cpu = _rowsPerEntry > 1 || (map.IsPerCpu && !sum) ? columns.Add<ushort>("cpu") : null;
        _value = MapField.ForValue(map, columns);
        _sum = sum ? new PerCpuSum(map) : null;
    }

    internal IEnumerable<Loss> Losses => _sum?.Losses ?? [];

    internal void Append(MapReader reader)
    {
        var entries = reader.Count;
        if (_pointers.Length < entries * _rowsPerEntry)
        {
            _pointers = new nint[entries * _rowsPerEntry];
            _lengths = new int[entries * _rowsPerEntry];
        }

        AppendKeys(reader, entries);
        if (_sum is not null)
        {
            AppendValues(_sum.Add(reader.Values, entries), entries, 1, _map.CpuStride, _map.CpuStride);
        }
        else
        {
            AppendValues(reader.Values, entries, _rowsPerEntry, reader.ValueStride, _map.CpuStride);
        }
    }

    private void AppendKeys(MapReader reader, int entries)
    {
        var keys = reader.Keys;
        fixed (byte* start = keys)
        {
            if (_key is not null)
            {
                Repeat(start, entries, _map.KeySize);
                _key.Append(_pointers, _lengths, entries * _rowsPerEntry);
            }
        }

        for (var i = 0; i < entries && _prefix is not null; i++)
        {
            _prefix.Append(IpPrefix.Format(keys.Slice(i * _map.KeySize, _map.KeySize)));
        }

        for (var i = 0; i < entries && _keyText is not null; i++)
        {
            _keyText.Append(reader.KeyTexts![i]);
        }

        for (var i = 0; i < entries && _cpu is not null; i++)
        {
            for (var cpu = 0; cpu < _rowsPerEntry; cpu++)
            {
                _cpu.Append((ushort)cpu);
            }
        }
    }

    // Each key once for each of its rows.
    private void Repeat(byte* start, int entries, int size)
    {
        var row = 0;
        for (var i = 0; i < entries; i++, start += size)
        {
            for (var cpu = 0; cpu < _rowsPerEntry; cpu++, row++)
            {
                _pointers[row] = (nint)start;
                _lengths[row] = size;
            }
        }
    }

    private void AppendValues(ReadOnlySpan<byte> values, int entries, int rowsPerEntry, int stride, int cpuStride)
    {
        fixed (byte* start = values)
        {
            var row = 0;
            for (var i = 0; i < entries; i++)
            {
                var entry = start + ((long)i * stride);
                for (var cpu = 0; cpu < rowsPerEntry; cpu++, row++)
                {
                    _pointers[row] = (nint)(entry + (cpu * cpuStride));
                    _lengths[row] = _map.ValueSize;
                }
            }

            _value.Append(_pointers, _lengths, row);
        }
    }
}
