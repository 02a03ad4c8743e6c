using System.Globalization;

namespace BpfInteractive;

/// <summary>An enum: the name of its value as text; a value without a name is its number.</summary>
internal sealed class EnumField(TextColumnBuilder builder, IntegerSource source, IReadOnlyDictionary<long, string> names) : FieldDecoder(source.Offset)
{
    private const int SmallValues = 256;
    private const int MostRemembered = 4096;

    private readonly int[] _small = new int[SmallValues];
    private readonly Dictionary<long, int> _large = [];
    private TextDictionaryBuilder? _dictionary;

    internal IntegerSource Source => source;

    internal override int End => source.End;

    internal override ColumnBuilder Builder => builder;

    internal override Array DirectBuffer => builder.Buffer;

    internal override int ElementWidth => sizeof(int);

    internal override void Bind()
    {
        if (!ReferenceEquals(_dictionary, builder.Dictionary))
        {
            _dictionary = builder.Dictionary;
            Array.Clear(_small);
            _large.Clear();
        }
    }

    /// <summary>The code of a value's name.</summary>
    internal int Code(long value)
    {
        if ((ulong)value >= SmallValues)
        {
            return _large.TryGetValue(value, out var known) ? known : RememberLarge(value);
        }

        var code = _small[value] - 1;
        if (code < 0)
        {
            code = Intern(value);
            _small[value] = code + 1;
        }

        return code;
    }

    private protected override void AppendValue(ReadOnlySpan<byte> record)
    {
        Bind();
        builder.AppendCode(Code(source.Read(record)));
    }

    private int RememberLarge(long value)
    {
        if (_large.Count >= MostRemembered)
        {
            _large.Clear();
        }

        return _large[value] = Intern(value);
    }

    private int Intern(long value)
    {
        var number = source is { IsSigned: false, BitCount: 64 }
            ? ((ulong)value).ToString(CultureInfo.InvariantCulture)
            : value.ToString(CultureInfo.InvariantCulture);
        return _dictionary!.Intern(names.GetValueOrDefault(value, number));
    }
}
