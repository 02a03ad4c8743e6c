using System.Collections;
using System.Globalization;
using System.Numerics;

namespace BpfInteractive.Sql;

/// <summary>One column of a result, as DuckDB's reader gives it, on its way to a column of ours.</summary>
internal sealed class ResultColumn(string name, Type type)
{
    private readonly List<object?> _values = [];

    internal string Name => name;

    internal void Add(object? value) => _values.Add(value);

    internal Column ToColumn(ColumnFormat format) => Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean => Of<bool>(ColumnFormat.None),
        TypeCode.SByte => Of<sbyte>(format),
        TypeCode.Byte => Of<byte>(format),
        TypeCode.Int16 => Of<short>(format),
        TypeCode.UInt16 => Of<ushort>(format),
        TypeCode.Int32 => Of<int>(format),
        TypeCode.UInt32 => Of<uint>(format),
        TypeCode.Int64 => Of<long>(format),
        TypeCode.UInt64 => Of<ulong>(format),
        TypeCode.Single => Of<float>(format),
        TypeCode.Double => Of<double>(format),
        _ when type == typeof(BigInteger) => Whole(format),
        _ => TextColumn.Of(name, _values.Select(Text)),
    };

    /// <summary>DuckDB's sums of whole numbers have 128 bits. They become the 64-bit type that holds all of them, and text when none does: never a number that is nearly right.</summary>
    private Column Whole(ColumnFormat format)
    {
        var numbers = _values.OfType<BigInteger>().ToList();
        if (numbers.TrueForAll(number => number >= long.MinValue && number <= long.MaxValue))
        {
            return Of<long>(format, value => (long)(BigInteger)value);
        }

        return numbers.TrueForAll(number => number >= 0 && number <= ulong.MaxValue)
            ? Of<ulong>(format, value => (ulong)(BigInteger)value)
            : TextColumn.Of(name, _values.Select(Text));
    }

    private Column<T> Of<T>(ColumnFormat format, Func<object, T>? convert = null)
        where T : unmanaged
    {
        var builder = new ColumnBuilder<T>(name, format);
        foreach (var value in _values)
        {
            if (value is null)
            {
                builder.AppendNull();
            }
            else
            {
                builder.Append(convert is null ? (T)value : convert(value));
            }
        }

        return builder.ToColumn();
    }

    private static string? Text(object? value) => value switch
    {
        null => null,
        string text => text,
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        Stream bytes => Hex(bytes),
        byte[] bytes => Convert.ToHexStringLower(bytes),
        IDictionary map => $"{{{string.Join(", ", map.Keys.Cast<object>().Select(key => $"{Text(key)}: {Text(map[key])}"))}}}",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(item => Text(item) ?? "null"))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    private static string Hex(Stream bytes)
    {
        using var memory = new MemoryStream();
        bytes.CopyTo(memory);
        bytes.Dispose();
        return Convert.ToHexStringLower(memory.ToArray());
    }
}
