using System.Text;

namespace BpfInteractive;

/// <summary>Sizes and member look-ups, over types whose depth is bounded.</summary>
internal static class BtfTypeMath
{
    internal const int PointerSize = 8;

    internal static long SizeBytes(BtfType type)
    {
        long count = 1;
        var start = type;
        for (var depth = 0; ; depth++)
        {
            switch (type.Kind)
            {
                case BtfKind.Int or BtfKind.Float or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.DataSection:
                    return Checked(start, count * type.Data.Word(type.Id, 8));
                case BtfKind.Pointer:
                    return Checked(start, count * PointerSize);
                case BtfKind.Array:
                    count = Checked(start, count * type.ElementCount);
                    break;
                case BtfKind.Variable or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.TypeTag:
                    break;
                default:
                    return 0;
            }

            type = depth < BtfType.MaxDepth ? type.Target : throw start.TooDeep();
        }
    }

    internal static bool TryFindMember(BtfType type, string name, int bits, int depth, out BtfMember member)
    {
        Span<byte> wanted = name.Length <= 128 ? stackalloc byte[384] : new byte[name.Length * 3];
        wanted = wanted[..Encoding.UTF8.GetBytes(name, wanted)];
        return TryFindMember(type, wanted, bits, depth, out member);
    }

    private static bool TryFindMember(BtfType type, ReadOnlySpan<byte> name, int bits, int depth, out BtfMember member)
    {
        foreach (var candidate in type.Members)
        {
            if (!candidate.IsAnonymous)
            {
                if (candidate.NameUtf8.SequenceEqual(name))
                {
                    member = candidate.At(bits);
                    return true;
                }
            }
            else if (depth < BtfType.MaxDepth && TryFindMember(candidate.Type.Resolve(), name, bits + candidate.BitOffset, depth + 1, out member))
            {
                return true;
            }
        }

        member = default;
        return false;
    }

    private static long Checked(BtfType type, long size) => size <= int.MaxValue
        ? size
        : throw new BtfFormatException("BTF", type.Data.OffsetOf(type.Id), $"type {type.Id} takes {size} bytes");
}
