namespace BpfInteractive;

/// <summary>Gathers a column of text; each distinct text is kept once.</summary>
public sealed class TextColumnBuilder : ColumnBuilder
{
    private const int LargestKept = 1 << 16;

    private int[] _codes = [];
    private bool _shared;

    /// <summary>Makes an empty builder.</summary>
    public TextColumnBuilder(string name, ColumnFormat format = ColumnFormat.None)
        : base(name, format)
    {
    }

    /// <summary>Adds a row; null is a row without a value.</summary>
    public void Append(string? text)
    {
        if (text is null)
        {
            AppendNull();
        }
        else
        {
            AppendCode(Dictionary.Intern(text));
        }
    }

    /// <summary>Adds a row given as characters.</summary>
    public void Append(ReadOnlySpan<char> text) => AppendCode(Dictionary.Intern(text));

    /// <summary>Adds a row given in UTF-8; bytes that are not become U+FFFD.</summary>
    public void Append(ReadOnlySpan<byte> utf8) => AppendCode(Dictionary.Intern(utf8));

    /// <summary>The rows so far; see <see cref="ColumnBuilder.ToColumn"/>.</summary>
    public new TextColumn ToColumn() => (TextColumn)BuildColumn();

    internal TextDictionaryBuilder Dictionary { get; private set; } = new();

    /// <summary>The memory behind the rows, for a decoder that writes a batch of rows at once.</summary>
    internal int[] Buffer => _codes;

    internal void AppendCode(int code)
    {
        var row = Count;
        if ((uint)row >= (uint)_codes.Length)
        {
            EnsureCapacity(row + 1);
        }

        _codes[row] = code;
        Count = row + 1;
    }

    internal override void EnsureCapacity(int rows)
    {
        if (rows > _codes.Length)
        {
            _codes = Resized(_codes, Count, Grown(_codes.Length, rows));
            _shared = false;
        }
    }

    private protected override Column BuildColumn()
    {
        _shared = true;
        return new TextColumn(Name, Format, _codes, 0, Count, Dictionary.ToDictionary(), _validity.ToValidity(Count));
    }

    private protected override void AppendDefault() => AppendCode(-1);

    private protected override void AppendRows(Column column)
    {
        var text = column as TextColumn ?? throw WrongKind(column);
        var codes = text.Codes;
        EnsureCapacity(checked(Count + codes.Length));
        var translated = new int[text.Dictionary.Count];
        foreach (var code in codes)
        {
            if (code >= 0 && translated[code] == 0)
            {
                translated[code] = Dictionary.Intern(text.Dictionary.Utf8(code)) + 1;
            }

            _codes[Count++] = code < 0 ? -1 : translated[code] - 1;
        }
    }

    private protected override void ClearCore()
    {
        // The dictionary stays while it is small and nobody else has it: the next batch mostly has the same texts.
        if (_shared || Dictionary.Count > LargestKept)
        {
            Dictionary = new();
        }

        if (_shared)
        {
            (_codes, _shared) = ([], false);
        }
    }
}
