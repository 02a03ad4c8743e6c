namespace BpfInteractive;

/// <summary>The distinct stacks as a tree: each is its caller's stack and one more location.</summary>
internal sealed class StackTable
{
    private readonly Dictionary<(int Caller, int Location), int> _numbers = [];
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
        if (!_numbers.TryGetValue((caller, location), out var number))
        {
            number = _numbers.Count;
            _numbers.Add((caller, location), number);
            _callers.Append(caller);
            _locations.Append(location);
        }

        return number;
    }

    internal Columns ToColumns() => _rows.ToColumns();
}
