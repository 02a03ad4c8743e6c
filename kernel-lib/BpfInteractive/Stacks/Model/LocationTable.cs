namespace BpfInteractive;

/// <summary>The distinct places of code: (file, offset). A frame that was called from is its return address, and so kept apart from a leaf at the same place.</summary>
internal sealed class LocationTable
{
    private readonly PairNumbers _numbers = new();
    private readonly ColumnsBuilder _rows = new("locations");
    private readonly ColumnBuilder<int> _files;
    private readonly ColumnBuilder<ulong> _offsets;
    private readonly ColumnBuilder<bool> _isReturn;
    private readonly ColumnBuilder<byte> _unmapped;

    internal LocationTable()
    {
        _files = _rows.Add<int>("file");
        _offsets = _rows.Add<ulong>("offset", ColumnFormat.Hexadecimal);
        _isReturn = _rows.Add<bool>("is_return");
        _unmapped = _rows.Add<byte>("unmapped");
    }

    internal int Add(int file, ulong offset, bool isReturn, FrameReason unmapped = FrameReason.None)
    {
        var number = _numbers.Add((file << 1) | (isReturn ? 1 : 0), offset, out var isNew);
        if (isNew)
        {
            _files.Append(file);
            _offsets.Append(offset);
            _isReturn.Append(isReturn);
            _unmapped.Append((byte)unmapped);
        }

        return number;
    }

    internal Columns ToColumns() => _rows.ToColumns();
}
