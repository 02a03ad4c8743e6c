namespace BpfInteractive;

/// <summary>Gathers a column of byte strings.</summary>
public sealed class BytesColumnBuilder : ColumnBuilder
{
    private int[] _offsets = [0];
    private byte[] _bytes = [];
    private bool _shared;

    /// <summary>Makes an empty builder.</summary>
    public BytesColumnBuilder(string name, ColumnFormat format = ColumnFormat.None)
        : base(name, format)
    {
    }

    /// <summary>Adds a row.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        EnsureCapacity(Count + 1);
        var start = _offsets[Count];
        var end = (long)start + bytes.Length;
        if (end > _bytes.Length)
        {
            _bytes = Resized(_bytes, start, Grown(_bytes.Length, end));
        }

        bytes.CopyTo(_bytes.AsSpan(start));
        _offsets[++Count] = (int)end;
    }

    /// <summary>The rows so far; see <see cref="ColumnBuilder.ToColumn"/>.</summary>
    public new BytesColumn ToColumn() => (BytesColumn)BuildColumn();

    internal override void EnsureCapacity(int rows)
    {
        if (rows >= _offsets.Length)
        {
            _offsets = Resized(_offsets, Count + 1, Grown(_offsets.Length, rows + 1L));
        }
    }

    private protected override Column BuildColumn()
    {
        _shared = true;
        return new BytesColumn(Name, Format, _offsets, 0, Count, _bytes, _validity.ToValidity(Count));
    }

    private protected override void AppendDefault() => Append(default(ReadOnlySpan<byte>));

    private protected override void AppendRows(Column column)
    {
        var bytes = column as BytesColumn ?? throw WrongKind(column);
        for (var row = 0; row < bytes.Count; row++)
        {
            Append(bytes[row]);
        }
    }

    private protected override void ClearCore()
    {
        if (_shared)
        {
            (_offsets, _bytes, _shared) = ([0], [], false);
        }
    }
}
