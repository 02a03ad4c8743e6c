namespace BpfInteractive;

/// <summary>The distinct stacks as a tree: each is its caller's stack and one more location.</summary>
internal sealed class StackTable
{
    private readonly PairNumbers _numbers = new();
    private readonly ColumnsBuilder _rows = new("stacks");
    private readonly ColumnBuilder<int> _callers;
    private readonly ColumnBuilder<int> _locations;

    internal StackTable()
    {
        _callers = _rows.Add<int>("caller");
        _locations = _rows.Add<int>("location");
    }

    internal int Add(int caller, int location)
    {
        var number = _numbers.Add(caller, (ulong)location, out var isNew);
        if (isNew)
        {
            _callers.Append(caller);
            _locations.Append(location);
        }

        return number;
    }

    internal Columns ToColumns() => _rows.ToColumns();
}
