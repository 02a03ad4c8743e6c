using System.Buffers.Binary;
using System.Text;

namespace BpfInteractive;

/// <summary>Bytes to .NET values; see <see cref="BtfValue"/>.</summary>
internal static class BtfValueReader
{
    internal static object? Read(BtfType type, ReadOnlySpan<byte> bytes)
    {
        var resolved = type.Resolve();
        bytes = bytes[..resolved.SizeBytes];
        return BtfShapes.Of(resolved) switch
        {
            BtfShape.Integer => Integer(resolved, bytes),
            BtfShape.Boolean => bytes.IndexOfAnyExcept((byte)0) >= 0,
            BtfShape.Float => Float(bytes),
            BtfShape.Enum => Named(resolved, Whole(bytes, resolved.IsSigned)),
            BtfShape.Address => (ulong)Whole(bytes, false),
            BtfShape.Text => Text(bytes),
            BtfShape.Bytes => bytes.ToArray(),
            BtfShape.List => List(resolved, bytes),
            BtfShape.Record => Record(resolved, bytes),
            _ => null,
        };
    }

    private static object Integer(BtfType type, ReadOnlySpan<byte> bytes) => bytes.Length == 16
        ? type.IsSigned ? BinaryPrimitives.ReadInt128LittleEndian(bytes) : BinaryPrimitives.ReadUInt128LittleEndian(bytes)
        : Sized(Whole(bytes, type.IsSigned), bytes.Length, type.IsSigned);

    private static object Sized(long value, int size, bool isSigned) => (size, isSigned) switch
    {
        (1, true) => (sbyte)value,
        (1, false) => (byte)value,
        (2, true) => (short)value,
        (2, false) => (ushort)value,
        ( <= 4, true) => (int)value,
        ( <= 4, false) => (uint)value,
        (_, true) => value,
        (_, false) => (ulong)value,
    };

    private static long Whole(ReadOnlySpan<byte> bytes, bool isSigned) => BtfBits.Read(bytes, 0, bytes.Length * 8, isSigned);

    private static object? Float(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        4 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        8 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        _ => bytes.ToArray(),
    };

    private static object Named(BtfType type, long value)
    {
        foreach (var entry in type.EnumValues)
        {
            if (entry.Value == value)
            {
                return entry.Name;
            }
        }

        return type.IsSigned ? value : (object)(ulong)value;
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private static Array List(BtfType array, ReadOnlySpan<byte> bytes)
    {
        var element = array.Target;
        var size = element.SizeBytes;
        var values = new object?[array.ElementCount];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Read(element, bytes.Slice(i * size, size));
        }

        return values.Length == 0 ? values : values[0] switch
        {
            sbyte => Typed<sbyte>(values),
            short => Typed<short>(values),
            ushort => Typed<ushort>(values),
            int => Typed<int>(values),
            uint => Typed<uint>(values),
            long when Array.TrueForAll(values, value => value is long) => Typed<long>(values),
            ulong when Array.TrueForAll(values, value => value is ulong) => Typed<ulong>(values),
            float => Typed<float>(values),
            double => Typed<double>(values),
            bool => Typed<bool>(values),
            string when Array.TrueForAll(values, value => value is string) => Array.ConvertAll(values, value => (string)value!),
            BtfRecord => Array.ConvertAll(values, value => (BtfRecord)value!),
            _ => values,
        };
    }

    private static T[] Typed<T>(object?[] values)
        where T : unmanaged => Array.ConvertAll(values, value => (T)value!);

    private static BtfRecord Record(BtfType type, ReadOnlySpan<byte> bytes)
    {
        var names = new List<string>(type.Members.Count);
        var values = new List<object?>(type.Members.Count);
        AddMembers(type, bytes, names, values);
        return new BtfRecord(type, [.. names], [.. values]);
    }

    private static void AddMembers(BtfType type, ReadOnlySpan<byte> bytes, List<string> names, List<object?> values)
    {
        foreach (var member in type.Members)
        {
            if (member.IsAnonymous)
            {
                // Unnamed bit-fields are padding; unnamed structs and unions lend their members to this one.
                if (member.BitFieldSize == 0)
                {
                    AddMembers(member.Type.Resolve(), bytes[member.OffsetBytes..], names, values);
                }
            }
            else if (!BtfShapes.IsKernelOwned(member.Type))
            {
                names.Add(member.Name);
                values.Add(Member(member, bytes));
            }
        }
    }

    private static object? Member(BtfMember member, ReadOnlySpan<byte> bytes)
    {
        if (member.BitFieldSize == 0)
        {
            return Read(member.Type, bytes[member.OffsetBytes..]);
        }

        var type = member.Type.Resolve();
        var value = BtfBits.Read(bytes, member.BitOffset, member.BitFieldSize, type.IsSigned);
        return BtfShapes.Of(type) switch
        {
            BtfShape.Boolean => value != 0,
            BtfShape.Enum => Named(type, value),
            _ => Sized(value, type.SizeBytes, type.IsSigned),
        };
    }
}
