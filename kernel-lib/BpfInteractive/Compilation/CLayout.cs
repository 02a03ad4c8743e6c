namespace BpfInteractive;

/// <summary>How a struct or union has to be declared so that clang lays it out as the kernel did.</summary>
/// <param name="IsPacked">It needs <c>__attribute__((packed))</c>.</param>
/// <param name="Alignment">The alignment clang then gives it, in bytes.</param>
/// <param name="IsAligned">It needs <c>__attribute__((aligned(Alignment)))</c> (unions only; structs get explicit padding).</param>
internal readonly record struct CRecordPlan(bool IsPacked, int Alignment, bool IsAligned);

/// <summary>
/// BTF says where members lie, not which attributes put them there. This finds attributes and alignments that give the same layout: natural
/// where it fits, packed where a member or the size is not aligned. What is left (cache-line alignment, zero-width bit-fields) becomes padding.
/// </summary>
internal sealed class CLayout(BtfData data)
{
    /// <summary>A plan in a byte: 0x80 known, 0x40 packed, 0x20 aligned, and the logarithm of the alignment.</summary>
    private readonly byte[] _plans = new byte[data.TypeCount];

    internal CRecordPlan PlanOf(BtfType record)
    {
        ref var stored = ref _plans[record.Id];
        if (stored == 0)
        {
            // Marks it first: damaged data may hold itself.
            stored = 0x80;
            var plan = record.Kind == BtfKind.Union ? PlanUnion(record) : PlanStruct(record);
            stored = (byte)(0x80 | (plan.IsPacked ? 0x40 : 0) | (plan.IsAligned ? 0x20 : 0) | System.Numerics.BitOperations.Log2((uint)plan.Alignment));
        }

        return new CRecordPlan((stored & 0x40) != 0, 1 << (stored & 0x1f), (stored & 0x20) != 0);
    }

    /// <summary>The alignment clang gives a type as we declare it, for the BPF target.</summary>
    internal int AlignmentOf(BtfType type)
    {
        for (var depth = 0; depth < BtfType.MaxDepth; depth++)
        {
            switch (type.Kind)
            {
                case BtfKind.Struct or BtfKind.Union:
                    return PlanOf(type).Alignment;
                case BtfKind.Int or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Float:
                    return Math.Clamp(type.SizeBytes, 1, 16);
                case BtfKind.Pointer:
                    return BtfTypeMath.PointerSize;
                case BtfKind.Array or BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag:
                    type = type.Target;
                    break;
                default:
                    return 1;
            }
        }

        throw type.TooDeep();
    }

    internal static int AlignUp(int bits, int to) => (bits + to - 1) / to * to;

    private CRecordPlan PlanStruct(BtfType record)
    {
        var alignment = 1;
        foreach (var member in record.Members)
        {
            if (!FitsNaturally(member, ref alignment))
            {
                return new CRecordPlan(IsPacked: true, 1, IsAligned: false);
            }
        }

        return new CRecordPlan(record.SizeBytes % alignment != 0, record.SizeBytes % alignment != 0 ? 1 : alignment, IsAligned: false);
    }

    private CRecordPlan PlanUnion(BtfType record)
    {
        var size = record.SizeBytes;
        var alignment = 1;
        var largest = 0;
        foreach (var member in record.Members)
        {
            FitsNaturally(member, ref alignment);
            largest = Math.Max(largest, member.BitFieldSize != 0 ? (member.BitFieldSize + 7) / 8 : member.Type.SizeBytes);
        }

        if (size % alignment != 0)
        {
            return new CRecordPlan(IsPacked: true, 1, IsAligned: false);
        }

        if (AlignUp(largest, alignment) == size)
        {
            return new CRecordPlan(IsPacked: false, alignment, IsAligned: false);
        }

        while (alignment < 1 << 20 && AlignUp(largest, alignment) < size)
        {
            alignment *= 2;
        }

        return new CRecordPlan(IsPacked: false, alignment, IsAligned: true);
    }

    /// <summary>Whether a member's offset is one that C could give it, and by how much it raises the alignment.</summary>
    private bool FitsNaturally(BtfMember member, ref int alignment)
    {
        if (member.BitFieldSize != 0)
        {
            // A bit-field lies inside one unit of its type, and (when it has a name) aligns the struct as that type does.
            var unit = member.Type.SizeBytes * 8;
            alignment = member.IsAnonymous ? alignment : Math.Max(alignment, AlignmentOf(member.Type));
            return unit > 0 && (member.BitOffset % unit) + member.BitFieldSize <= unit;
        }

        var own = AlignmentOf(member.Type);
        alignment = Math.Max(alignment, own);
        return member.BitOffset % (own * 8) == 0;
    }
}
