namespace BpfInteractive;

/// <summary>Which rows of a column have a value: one bit a row, lowest bit first (Arrow's layout), or nothing at all when every row has one.</summary>
internal readonly struct Validity
{
    private readonly byte[]? _bits;
    private readonly int _offset;

    internal Validity(byte[]? bits, int offset = 0)
    {
        _bits = bits;
        _offset = offset;
    }

    internal bool AllValid => _bits is null;

    internal byte[]? Bits => _bits;

    internal int BitOffset => _offset;

    internal bool IsNull(int row)
    {
        if (_bits is null)
        {
            return false;
        }

        var bit = _offset + row;
        return (_bits[bit >> 3] & (1 << (bit & 7))) == 0;
    }

    internal Validity Slice(int start) => _bits is null ? this : new Validity(_bits, _offset + start);

    internal int CountNulls(int rows)
    {
        var nulls = 0;
        if (_bits is not null)
        {
            for (var row = 0; row < rows; row++)
            {
                nulls += IsNull(row) ? 1 : 0;
            }
        }

        return nulls;
    }
}

/// <summary>
/// Builds a <see cref="Validity"/>. The bitmap comes into being with the first null and its bits start as ones, so a row that has a value
/// costs nothing.
/// </summary>
internal struct ValidityBuilder
{
    private byte[]? _bits;

    internal readonly bool AllValid => _bits is null;

    internal void SetNull(int row)
    {
        Cover(row + 1);
        _bits![row >> 3] &= (byte)~(1 << (row & 7));
    }

    internal Validity ToValidity(int rows)
    {
        if (_bits is null)
        {
            return default;
        }

        Cover(rows);
        return new Validity(_bits);
    }

    /// <summary>Forgets the nulls. The bitmap itself is dropped: a column handed out may still read it.</summary>
    internal void Clear() => _bits = null;

    private void Cover(int rows)
    {
        var needed = (int)(((long)rows + 7) >> 3);
        var have = _bits?.Length ?? 0;
        if (have >= needed)
        {
            return;
        }

        var grown = new byte[(int)Math.Max(needed, Math.Min(Array.MaxLength, have * 2L))];
        _bits?.CopyTo(grown, 0);
        grown.AsSpan(have).Fill(0xff);
        _bits = grown;
    }
}
