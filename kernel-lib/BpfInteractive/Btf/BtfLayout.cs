namespace BpfInteractive;

/// <summary>The sizes and fields of BTF's binary records (Documentation/bpf/btf.rst).</summary>
internal static class BtfLayout
{
    internal const ushort Magic = 0xeb9f;
    internal const int HeaderLength = 24;
    internal const int MaxKind = (int)BtfKind.Enum64;

    /// <summary>name_off, info, and size or type: in front of every type.</summary>
    internal const int CommonLength = 12;

    internal const int MemberLength = 12;
    internal const int EnumValueLength = 8;
    internal const int Enum64ValueLength = 12;
    internal const int ParameterLength = 8;
    internal const int SectionVariableLength = 12;

    internal static BtfKind KindOf(uint info) => (BtfKind)((info >> 24) & 0x1f);

    internal static int CountOf(uint info) => (int)(info & 0xffff);

    internal static bool FlagOf(uint info) => info >> 31 != 0;

    /// <summary>The bytes that follow the common part; the kind must be a known one.</summary>
    internal static int TailLength(BtfKind kind, int count) => kind switch
    {
        BtfKind.Int or BtfKind.Variable or BtfKind.DeclarationTag => 4,
        BtfKind.Array => 12,
        BtfKind.Struct or BtfKind.Union => MemberLength * count,
        BtfKind.DataSection => SectionVariableLength * count,
        BtfKind.Enum64 => Enum64ValueLength * count,
        BtfKind.Enum => EnumValueLength * count,
        BtfKind.FunctionPrototype => ParameterLength * count,
        _ => 0,
    };

    /// <summary>Whether the third word is another type's number (else it is a size, or nothing).</summary>
    internal static bool HasTarget(BtfKind kind) => kind is BtfKind.Pointer or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const
        or BtfKind.Restrict or BtfKind.Function or BtfKind.FunctionPrototype or BtfKind.Variable or BtfKind.DeclarationTag or BtfKind.TypeTag;

    /// <summary>typedef, const, volatile, restrict and type tags: what <see cref="BtfType.Resolve"/> strips.</summary>
    internal static bool IsAlias(BtfKind kind) => kind is BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.TypeTag;
}
