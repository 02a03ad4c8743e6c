using System.Text.Json;

namespace BpfInteractive;

/// <summary>A column of text. Each distinct text is kept once, in <see cref="Dictionary"/>; a row holds its code.</summary>
public sealed class TextColumn : Column
{
    private readonly int[] _codes;
    private readonly int _start;

    internal TextColumn(string name, ColumnFormat format, int[] codes, int start, int count, TextDictionary dictionary, Validity validity)
        : base(name, format, count, validity)
    {
        _codes = codes;
        _start = start;
        Dictionary = dictionary;
    }

    /// <summary>Makes a column of texts; null gives a row without a value.</summary>
    public static TextColumn Of(string name, params IEnumerable<string?> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var builder = new TextColumnBuilder(name);
        foreach (var text in texts)
        {
            builder.Append(text);
        }

        return builder.ToColumn();
    }

    /// <summary>The code of each row in <see cref="Dictionary"/>; -1 where a row has no value.</summary>
    public ReadOnlySpan<int> Codes => _codes.AsSpan(_start, Count);

    /// <summary>The codes as memory, for those who keep it (Arrow).</summary>
    public ReadOnlyMemory<int> CodesMemory => _codes.AsMemory(_start, Count);

    /// <summary>The distinct texts by code. It may hold texts that no row of this column (a slice, say) has.</summary>
    public TextDictionary Dictionary { get; }

    /// <summary>The text of a row; null where there is none.</summary>
    public string? this[int row]
    {
        get
        {
            CheckRow(row);
            var code = _codes[_start + row];
            return code < 0 ? null : Dictionary[code];
        }
    }

    /// <inheritdoc/>
    public override Type ElementType => typeof(string);

    /// <inheritdoc/>
    public override object? GetValue(int row) => this[row];

    /// <inheritdoc/>
    public override Column With(string? name = null, ColumnFormat? format = null) =>
        new TextColumn(name ?? Name, format ?? Format, _codes, _start, Count, Dictionary, Validity);

    internal override string KindName => "text";

    internal override Type ArrayType => typeof(string[]);

    internal override Array GetValues(int start, int length)
    {
        var values = new string?[length];
        for (var at = 0; at < length; at++)
        {
            values[at] = this[start + at];
        }

        return values;
    }

    internal override Column SliceCore(int start, int length) =>
        new TextColumn(Name, Format, _codes, _start + start, length, Dictionary, Validity.Slice(start));

    internal override ColumnBuilder NewBuilder() => new TextColumnBuilder(Name, Format);

    internal override void WriteText(int row, TextBuffer text)
    {
        var code = _codes[_start + row];
        if (code >= 0)
        {
            text.Append(Dictionary[code]);
        }
    }

    internal override void WriteJson(int row, Utf8JsonWriter json)
    {
        var code = _codes[_start + row];
        if (code < 0)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteStringValue(Dictionary.Utf8(code));
        }
    }
}
