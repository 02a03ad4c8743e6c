using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.Text;

namespace BpfInteractive;

/// <summary>.NET values to bytes; see <see cref="BtfValue"/>. The bytes are zero when it begins.</summary>
internal static class BtfValueWriter
{
    internal static void Write(BtfType type, object? value, Span<byte> bytes, BtfPath path)
    {
        var resolved = type.Resolve();
        bytes = bytes[..resolved.SizeBytes];
        if (value is byte[] raw && raw.Length == bytes.Length)
        {
            raw.CopyTo(bytes);
            return;
        }

        switch (BtfShapes.Of(resolved))
        {
            case BtfShape.Integer or BtfShape.Address or BtfShape.Boolean or BtfShape.Enum:
                WriteWhole(resolved, value, bytes, path);
                break;
            case BtfShape.Float:
                WriteFloat(resolved, value, bytes, path);
                break;
            case BtfShape.Text:
                WriteText(resolved, value, bytes, path);
                break;
            case BtfShape.Bytes or BtfShape.List:
                WriteList(resolved, value, bytes, path);
                break;
            case BtfShape.Record:
                WriteRecord(resolved, value, bytes, path);
                break;
            default:
                throw Unfit(path, type, value, $"it takes a byte[] of {bytes.Length}");
        }
    }

    private static void WriteWhole(BtfType type, object? value, Span<byte> bytes, BtfPath path)
    {
        if (bytes.Length == 16)
        {
            var wide = ToInteger(type, value, path, 128);
            BinaryPrimitives.WriteUInt128LittleEndian(bytes, (UInt128)wide);
            return;
        }

        BtfBits.Write(bytes, 0, bytes.Length * 8, (ulong)ToInteger(type, value, path, bytes.Length * 8));
    }

    /// <summary>The number a value stands for, checked to fit; a negative one in two's complement once it is cut to the bits.</summary>
    private static Int128 ToInteger(BtfType type, object? value, BtfPath path, int bits)
    {
        var number = value switch
        {
            string name when BtfShapes.Of(type) == BtfShape.Enum => EnumValue(type, name, path),
            bool truth => truth ? 1 : 0,
            char letter => letter,
            UInt128 wide => unchecked((Int128)wide),
            Int128 wide => wide,
            nint pointer => pointer,
            nuint pointer => pointer,
            ulong number64 => number64,
            Enum constant => Convert.ToInt64(constant, CultureInfo.InvariantCulture),
            byte or sbyte or short or ushort or int or uint or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            _ => throw Unfit(path, type, value, "it takes an integer"),
        };
        if (bits < 128)
        {
            CheckRange(type, number, bits, path);
        }

        return number;
    }

    private static void CheckRange(BtfType type, Int128 number, int bits, BtfPath path)
    {
        // Enums may be given in either sign: which one the compiler chose is nobody's concern.
        var isEnum = type.Kind is BtfKind.Enum or BtfKind.Enum64;
        var lowest = type.IsSigned || isEnum ? -(Int128.One << (bits - 1)) : 0;
        var highest = type.IsBool ? 1 : type.IsSigned && !isEnum ? (Int128.One << (bits - 1)) - 1 : (Int128.One << bits) - 1;
        if (number < lowest || number > highest)
        {
            throw new ArgumentException($"{number} does not fit {path} of type {type}: it takes {lowest} to {highest}");
        }
    }

    private static Int128 EnumValue(BtfType type, string name, BtfPath path)
    {
        foreach (var entry in type.EnumValues)
        {
            if (entry.Name == name)
            {
                return type.IsSigned ? entry.Value : (Int128)entry.UnsignedValue;
            }
        }

        string[] names = [.. type.EnumValues.Select(entry => entry.Name)];
        throw new ArgumentException($"{path} of type {type} has no value '{name}'; {NearestName.Advice(name, names, "values")}");
    }

    private static void WriteFloat(BtfType type, object? value, Span<byte> bytes, BtfPath path)
    {
        if (value is not (float or double or int or uint or long or ulong or short or ushort or byte or sbyte or decimal))
        {
            throw Unfit(path, type, value, "it takes a number");
        }

        var number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        if (bytes.Length == 4)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)number);
        }
        else
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
        }
    }

    private static void WriteText(BtfType type, object? value, Span<byte> bytes, BtfPath path)
    {
        var utf8 = value switch
        {
            string text => Encoding.UTF8.GetBytes(text),
            byte[] raw => raw,
            _ => throw Unfit(path, type, value, "it takes text"),
        };
        if (utf8.Length > bytes.Length)
        {
            throw new ArgumentException($"a text of {utf8.Length} bytes does not fit {path} of type {type}: it takes {bytes.Length}");
        }

        utf8.CopyTo(bytes);
    }

    private static void WriteList(BtfType array, object? value, Span<byte> bytes, BtfPath path)
    {
        if (value is not IEnumerable list || value is string)
        {
            throw Unfit(path, array, value, $"it takes {array.ElementCount} elements");
        }

        var element = array.Target;
        var size = element.SizeBytes;
        var count = 0;
        foreach (var item in list)
        {
            if (count < array.ElementCount)
            {
                Write(element, item, bytes.Slice(count * size, size), path.Element(count));
            }

            count++;
        }

        if (count > array.ElementCount)
        {
            throw new ArgumentException($"{count} elements do not fit {path} of type {array}");
        }
    }

    private static void WriteRecord(BtfType type, object? value, Span<byte> bytes, BtfPath path)
    {
        var members = BtfMembers.Of(value) ?? throw Unfit(path, type, value, $"it takes the members {string.Join(", ", NamesOf(type))}");
        var used = 0;
        WriteMembers(type, members, bytes, path, ref used, type.Kind == BtfKind.Union);
        if (used < members.Count)
        {
            var names = NamesOf(type).ToList();
            var unknown = members.Names.FirstOrDefault(name => !names.Contains(name));
            throw new ArgumentException(unknown is null
                ? $"{members.Count} members do not fit {path} of type {type}: it takes {string.Join(", ", names)}"
                : $"{path} of type {type} has no member '{unknown}'; {NearestName.Advice(unknown, names, "members")}");
        }
    }

    private static bool WriteMembers(BtfType type, BtfMembers members, Span<byte> bytes, BtfPath path, ref int used, bool isUnion)
    {
        var any = false;
        foreach (var member in type.Members)
        {
            if (BtfShapes.IsKernelOwned(member.Type) || (member.IsAnonymous && member.BitFieldSize != 0))
            {
                continue;
            }

            var written = member.IsAnonymous
                ? WriteAnonymous(member, members, bytes, path, ref used, isUnion)
                : WriteNamed(member, members, bytes, path, ref used);
            if (!written && !isUnion)
            {
                throw new ArgumentException($"{path} of type {type} lacks its member {NameOf(member)}");
            }

            any |= written;
        }

        return any || isUnion ? any : type.Members.Count == 0;
    }

    private static bool WriteAnonymous(BtfMember member, BtfMembers members, Span<byte> bytes, BtfPath path, ref int used, bool optional)
    {
        var inner = member.Type.Resolve();
        if (optional && !NamesOf(inner).Any(members.Has))
        {
            return false;
        }

        return WriteMembers(inner, members, bytes[member.OffsetBytes..], path, ref used, inner.Kind == BtfKind.Union);
    }

    private static bool WriteNamed(BtfMember member, BtfMembers members, Span<byte> bytes, BtfPath path, ref int used)
    {
        if (!members.TryGet(member.Name, used, out var value))
        {
            return false;
        }

        used++;
        var type = member.Type.Resolve();
        var here = path.Member(member.Name);
        if (member.BitFieldSize == 0)
        {
            Write(type, value, bytes[member.OffsetBytes..], here);
        }
        else
        {
            BtfBits.Write(bytes, member.BitOffset, member.BitFieldSize, (ulong)ToInteger(type, value, here, member.BitFieldSize));
        }

        return true;
    }

    private static string NameOf(BtfMember member) => member.IsAnonymous ? string.Join(" or ", NamesOf(member.Type.Resolve())) : member.Name;

    private static IEnumerable<string> NamesOf(BtfType type)
    {
        foreach (var member in type.Members)
        {
            if (!member.IsAnonymous)
            {
                if (!BtfShapes.IsKernelOwned(member.Type))
                {
                    yield return member.Name;
                }
            }
            else if (member.BitFieldSize == 0)
            {
                foreach (var name in NamesOf(member.Type.Resolve()))
                {
                    yield return name;
                }
            }
        }
    }

    private static ArgumentException Unfit(BtfPath path, BtfType type, object? value, string wanted) =>
        new($"a {value?.GetType().Name ?? "null"} does not fit {path} of type {type}: {wanted}");
}
