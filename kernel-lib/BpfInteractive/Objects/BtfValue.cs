using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace BpfInteractive;

/// <summary>Values of C types as bytes and as .NET values: what globals are set from and read to.</summary>
internal static class BtfValue
{
    /// <summary>Writes a value; the bytes are those of the whole variable.</summary>
    /// <exception cref="ArgumentException">The value does not fit the type; the message says why.</exception>
    internal static void Write(BtfType type, Span<byte> destination, object value, string subject)
    {
        ArgumentNullException.ThrowIfNull(value);
        var resolved = type.Resolve();
        switch (resolved.Kind)
        {
            case BtfKind.Int when resolved.IsBool:
                destination[0] = value is bool truth ? (byte)(truth ? 1 : 0) : (byte)(Integer(type, value, subject) == 0 ? 0 : 1);
                break;
            case BtfKind.Int or BtfKind.Pointer:
                WriteInteger(type, destination, Integer(type, value, subject), resolved.IsSigned, subject);
                break;
            case BtfKind.Enum or BtfKind.Enum64:
                WriteInteger(type, destination, value is string name ? EnumValue(resolved, name, subject) : Integer(type, value, subject), signed: null, subject);
                break;
            case BtfKind.Float:
                WriteFloat(type, destination, value, subject);
                break;
            case BtfKind.Array when value is string text && resolved.Target.IsChar:
                WriteText(type, destination, text, subject);
                break;
            case BtfKind.Array when value is Array items && value is not byte[]:
                WriteArray(resolved, destination, items, subject);
                break;
            default:
                WriteBytes(type, destination, value, subject);
                break;
        }
    }

    /// <summary>Reads a value: a number of the type's own width, bool, text, an enum's name, an array, or a struct as a dictionary.</summary>
    internal static object Read(BtfType type, ReadOnlySpan<byte> bytes)
    {
        var resolved = type.Resolve();
        return resolved.Kind switch
        {
            BtfKind.Int when resolved.IsBool => bytes[0] != 0,
            BtfKind.Int => ReadInteger(bytes, resolved.SizeBytes, resolved.IsSigned),
            BtfKind.Pointer => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            BtfKind.Enum or BtfKind.Enum64 => ReadEnum(resolved, bytes),
            BtfKind.Float => resolved.SizeBytes == 4 ? BinaryPrimitives.ReadSingleLittleEndian(bytes) : BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            BtfKind.Array when resolved.Target.IsChar => ReadText(bytes[..resolved.SizeBytes]),
            BtfKind.Array => ReadArray(resolved, bytes),
            BtfKind.Struct or BtfKind.Union => ReadStruct(resolved, bytes),
            _ => bytes.ToArray(),
        };
    }

    /// <summary>A value as C would write it: "7", "\"abc\"", "{ pid = 1, comm = \"x\" }".</summary>
    internal static string Format(object value) => value switch
    {
        string text => $"\"{text}\"",
        bool truth => truth ? "true" : "false",
        byte[] bytes => Convert.ToHexString(bytes),
        Dictionary<string, object> members => $"{{ {string.Join(", ", members.Select(member => $"{member.Key} = {Format(member.Value)}"))} }}",
        object[] items => $"[{string.Join(", ", items.Select(Format))}]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static Int128 Integer(BtfType type, object value, string subject) => value switch
    {
        bool truth => truth ? 1 : 0,
        char letter => letter,
        System.Enum named => Convert.ToInt64(named, CultureInfo.InvariantCulture),
        nint or nuint or sbyte or byte or short or ushort or int or uint or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        ulong large => large,
        _ => throw Mismatch(type, value, subject),
    };

    private static void WriteInteger(BtfType type, Span<byte> destination, Int128 value, bool? signed, string subject)
    {
        var bits = type.SizeBytes * 8;
        var least = signed == false ? 0 : -(Int128.One << (bits - 1));
        var most = signed == true ? (Int128.One << (bits - 1)) - 1 : (Int128.One << bits) - 1;
        if (value < least || value > most)
        {
            throw new ArgumentException($"{value} does not fit {subject} of type {type}: it takes {least} to {most}", nameof(value));
        }

        Span<byte> all = stackalloc byte[16];
        ((IBinaryInteger<Int128>)value).WriteLittleEndian(all);
        all[..type.SizeBytes].CopyTo(destination);
    }

    private static Int128 EnumValue(BtfType type, string name, string subject)
    {
        foreach (var entry in type.EnumValues)
        {
            if (entry.Name == name)
            {
                return entry.Value;
            }
        }

        string[] names = [.. type.EnumValues.Select(entry => entry.Name)];
        throw new ArgumentException($"{subject} of type {type} has no value '{name}'; {NearestName.Advice(name, names, "values")}", nameof(name));
    }

    private static void WriteFloat(BtfType type, Span<byte> destination, object value, string subject)
    {
        if (value is not (float or double or int or long or uint or short or byte))
        {
            throw Mismatch(type, value, subject);
        }

        var number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        if (type.SizeBytes == 4)
        {
            BinaryPrimitives.WriteSingleLittleEndian(destination, (float)number);
        }
        else
        {
            BinaryPrimitives.WriteDoubleLittleEndian(destination, number);
        }
    }

    private static void WriteText(BtfType type, Span<byte> destination, string text, string subject)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length >= type.SizeBytes)
        {
            throw new ArgumentException(
                $"a text of {bytes.Length} bytes does not fit {subject} of type {type}: it takes {type.SizeBytes - 1} and a zero", nameof(text));
        }

        destination.Clear();
        bytes.CopyTo(destination);
    }

    private static void WriteArray(BtfType type, Span<byte> destination, Array items, string subject)
    {
        if (items.Length > type.ElementCount || items.Rank != 1)
        {
            throw new ArgumentException($"{items.Length} elements do not fit {subject} of type {type}", nameof(items));
        }

        destination.Clear();
        var size = type.Target.SizeBytes;
        for (var i = 0; i < items.Length; i++)
        {
            Write(type.Target, destination.Slice(i * size, size), items.GetValue(i)!, $"{subject}[{i}]");
        }
    }

    private static void WriteBytes(BtfType type, Span<byte> destination, object value, string subject)
    {
        if (value is not byte[] bytes)
        {
            throw Mismatch(type, value, subject);
        }

        if (bytes.Length != destination.Length)
        {
            throw new ArgumentException($"{bytes.Length} bytes do not fit {subject} of type {type}: it takes {destination.Length}", nameof(value));
        }

        bytes.CopyTo(destination);
    }

    private static object ReadInteger(ReadOnlySpan<byte> bytes, int size, bool signed) => (size, signed) switch
    {
        (1, false) => bytes[0],
        (1, true) => (sbyte)bytes[0],
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (2, true) => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (4, true) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        (8, false) => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        (8, true) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        (16, false) => BinaryPrimitives.ReadUInt128LittleEndian(bytes),
        (16, true) => BinaryPrimitives.ReadInt128LittleEndian(bytes),
        _ => bytes[..size].ToArray(),
    };

    private static object ReadEnum(BtfType type, ReadOnlySpan<byte> bytes)
    {
        var number = ReadInteger(bytes, type.SizeBytes, type.IsSigned);
        var value = number is ulong large ? unchecked((long)large) : Convert.ToInt64(number, CultureInfo.InvariantCulture);
        foreach (var entry in type.EnumValues)
        {
            if (entry.Value == value)
            {
                return entry.Name;
            }
        }

        return number;
    }

    private static string ReadText(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end >= 0 ? bytes[..end] : bytes);
    }

    private static object[] ReadArray(BtfType type, ReadOnlySpan<byte> bytes)
    {
        var size = type.Target.SizeBytes;
        var items = new object[type.ElementCount];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = Read(type.Target, bytes.Slice(i * size, size));
        }

        return items;
    }

    private static Dictionary<string, object> ReadStruct(BtfType type, ReadOnlySpan<byte> bytes)
    {
        var members = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var member in type.Members)
        {
            var value = ReadMember(bytes, member);
            if (member.Name.Length > 0)
            {
                members[member.Name] = value;
            }
            else if (value is Dictionary<string, object> anonymous)
            {
                foreach (var (name, inner) in anonymous)
                {
                    members[name] = inner;
                }
            }
        }

        return members;
    }

    private static object ReadMember(ReadOnlySpan<byte> bytes, BtfMember member)
    {
        if (member.BitFieldSize == 0)
        {
            return Read(member.Type, bytes[member.OffsetBytes..]);
        }

        var bits = ReadBits(bytes, member);
        var unused = 64 - member.BitFieldSize;
        return member.Type.IsSigned ? (long)(bits << unused) >> unused : bits;
    }

    private static ulong ReadBits(ReadOnlySpan<byte> bytes, BtfMember member)
    {
        ulong value = 0;
        for (var i = 0; i < member.BitFieldSize; i++)
        {
            var bit = member.BitOffset + i;
            value |= (ulong)(bytes[bit / 8] >> (bit % 8) & 1) << i;
        }

        return value;
    }

    private static ArgumentException Mismatch(BtfType type, object value, string subject) =>
        new($"a {value.GetType().Name} does not fit {subject} of type {type}", nameof(value));
}
