namespace BpfInteractive;

/// <summary>Writes kernel types as C declarations that clang lays out as the kernel has them.</summary>
internal sealed class CWriter(CText text, CNames names, CLayout layout)
{
    private readonly HashSet<int> _anonymousEnums = [];

    /// <summary>Whether an anonymous enum stands in the text already.</summary>
    internal bool HasWritten(BtfType anonymousEnum) => _anonymousEnums.Contains(anonymousEnum.Id);

    /// <summary>A type with a name in it, or without: <c>int (*name)[3]</c>.</summary>
    internal void Declaration(BtfType type, ReadOnlySpan<byte> name, int level)
    {
        Prefix(type, level);
        if (!name.IsEmpty)
        {
            text.Add(" "u8).Add(name);
        }

        Suffix(type);
    }

    internal void Typedef(BtfType type)
    {
        text.Add("typedef "u8);
        Prefix(type.Target, 0);
        text.Add(" "u8);
        names.AddTypedef(text, type);
        Suffix(type.Target);
        text.Add(";\n\n"u8);
    }

    internal void KernelFunction(BtfType function)
    {
        text.Add("extern "u8);
        Declaration(function.Target, function.NameUtf8, 0);
        text.Add(" __weak __ksym;\n"u8);
    }

    /// <summary>A struct, a union or an enum with its body.</summary>
    internal void Definition(BtfType type, int level)
    {
        if (type.Kind is BtfKind.Enum or BtfKind.Enum64 && type.IsAnonymous && !_anonymousEnums.Add(type.Id))
        {
            // One anonymous enum in two places: its values exist already, so that only its size counts.
            text.Add(type.Flag ? "signed "u8 : "unsigned "u8).Add(type.SizeBytes switch { 1 => "char"u8, 2 => "short"u8, 8 => "long long"u8, _ => "int"u8 });
            return;
        }

        Tag(type);
        if (type.Kind is BtfKind.Enum or BtfKind.Enum64)
        {
            EnumBody(type, level);
        }
        else
        {
            RecordBody(type, level);
        }
    }

    /// <summary><c>struct name</c>, or <c>struct</c> when it has none.</summary>
    internal void Tag(BtfType type)
    {
        text.Add(type.Kind switch
        {
            BtfKind.Union => "union"u8,
            BtfKind.Enum or BtfKind.Enum64 => "enum"u8,
            BtfKind.Forward when type.IsForwardUnion => "union"u8,
            _ => "struct"u8,
        });
        if (!type.IsAnonymous)
        {
            text.Add(" "u8);
            names.AddTag(text, type);
        }
    }

    private void Prefix(BtfType type, int level)
    {
        switch (type.Kind)
        {
            case BtfKind.Pointer:
                Prefix(type.Target, level);
                text.Add(BindsTighter(type.Target) ? " (*"u8 : " *"u8);
                break;
            case BtfKind.Array or BtfKind.FunctionPrototype or BtfKind.TypeTag or BtfKind.Restrict:
                Prefix(type.Target, level);
                break;
            case BtfKind.Const or BtfKind.Volatile:
                Qualified(type, level);
                break;
            case BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 when type.IsAnonymous:
                Definition(type, level);
                break;
            case BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Forward:
                Tag(type);
                break;
            case BtfKind.Typedef:
                names.AddTypedef(text, type);
                break;
            case BtfKind.Int or BtfKind.Float:
                text.Add(type.NameUtf8);
                break;
            default:
                text.Add("void"u8);
                break;
        }
    }

    private void Qualified(BtfType type, int level)
    {
        var word = type.Kind == BtfKind.Const ? "const"u8 : "volatile"u8;
        var inner = SkipQualifiers(type);
        if (inner.Kind == BtfKind.Pointer)
        {
            Prefix(type.Target, level);
            text.Add(" "u8).Add(word);
        }
        else if (inner.Kind == BtfKind.FunctionPrototype)
        {
            Prefix(type.Target, level);
        }
        else
        {
            text.Add(word).Add(" "u8);
            Prefix(type.Target, level);
        }
    }

    private void Suffix(BtfType type)
    {
        switch (type.Kind)
        {
            case BtfKind.Pointer:
                text.Add(BindsTighter(type.Target) ? ")"u8 : ""u8);
                Suffix(type.Target);
                break;
            case BtfKind.Array:
                text.Add("["u8).Add(type.ElementCount).Add("]"u8);
                Suffix(type.Target);
                break;
            case BtfKind.FunctionPrototype:
                Parameters(type);
                Suffix(type.Target);
                break;
            case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag:
                Suffix(type.Target);
                break;
        }
    }

    private void Parameters(BtfType prototype)
    {
        text.Add("("u8);
        var first = true;
        foreach (var parameter in prototype.Parameters)
        {
            text.Add(first ? ""u8 : ", "u8);
            first = false;
            if (parameter.IsVariadic)
            {
                text.Add("..."u8);
            }
            else
            {
                Declaration(parameter.Type, default, 0);
            }
        }

        text.Add(first ? "void)"u8 : ")"u8);
    }

    private void EnumBody(BtfType type, int level)
    {
        text.Add(" {\n"u8);
        foreach (var value in type.EnumValues)
        {
            text.Indent(level + 1);
            names.AddEnumValue(text, type, value.NameUtf8);
            text.Add(" = "u8);
            if (type.Flag)
            {
                AddSigned(value.Value);
            }
            else
            {
                text.Add(value.UnsignedValue).Add(value.UnsignedValue > uint.MaxValue ? "ULL"u8 : ""u8);
            }

            text.Add(",\n"u8);
        }

        text.Indent(level).Add("}"u8);
        text.Add(type.SizeBytes switch
        {
            1 => " __attribute__((mode(byte)))"u8,
            2 => " __attribute__((mode(HI)))"u8,
            8 => " __attribute__((mode(DI)))"u8,
            _ => ""u8,
        });
    }

    private void AddSigned(long value)
    {
        if (value == long.MinValue)
        {
            text.Add("(-9223372036854775807LL - 1)"u8);
        }
        else
        {
            text.Add(value).Add(value is > int.MaxValue or < int.MinValue ? "LL"u8 : ""u8);
        }
    }

    private void RecordBody(BtfType record, int level)
    {
        var plan = layout.PlanOf(record);
        var position = 0;
        text.Add(" {\n"u8);
        foreach (var member in record.Members)
        {
            if (record.Kind == BtfKind.Struct)
            {
                if (NaturalOffset(member, position, plan) != member.BitOffset)
                {
                    Padding(position, member.BitOffset, level + 1);
                }

                position = member.BitOffset + (member.BitFieldSize != 0 ? member.BitFieldSize : member.Type.SizeBytes * 8);
            }

            Member(member, level + 1);
        }

        var end = record.SizeBytes * 8;
        if (record.Kind == BtfKind.Struct && CLayout.AlignUp(position, plan.Alignment * 8) < end)
        {
            Padding(position, end, level + 1);
        }

        text.Indent(level).Add("}"u8);
        if (plan.IsPacked)
        {
            text.Add(" __attribute__((packed))"u8);
        }
        else if (plan.IsAligned)
        {
            text.Add(" __attribute__((aligned("u8).Add(plan.Alignment).Add(")))"u8);
        }
    }

    private int NaturalOffset(BtfMember member, int position, CRecordPlan plan)
    {
        if (member.BitFieldSize == 0)
        {
            return CLayout.AlignUp(position, plan.IsPacked ? 8 : layout.AlignmentOf(member.Type) * 8);
        }

        var unit = member.Type.SizeBytes * 8;
        return plan.IsPacked || (position % unit) + member.BitFieldSize <= unit ? position : CLayout.AlignUp(position, unit);
    }

    private void Member(BtfMember member, int level)
    {
        // Qualifiers count too: struct vm_fault has an anonymous const struct.
        var type = member.Type;
        var record = member.IsAnonymous ? SkipQualifiers(type) : type;
        if (member.IsAnonymous && record.Kind is not (BtfKind.Struct or BtfKind.Union))
        {
            return;
        }

        text.Indent(level);
        if (member.IsAnonymous && !record.IsAnonymous)
        {
            // "struct tag;" as a member (-fms-extensions) is the struct without its tag.
            text.Add(record.Kind == BtfKind.Union ? "union"u8 : "struct"u8);
            RecordBody(record, level);
        }
        else
        {
            Declaration(type, member.NameUtf8, level);
        }

        if (member.BitFieldSize != 0)
        {
            text.Add(": "u8).Add(member.BitFieldSize);
        }

        text.Add(";\n"u8);
    }

    /// <summary>Bit-fields without a name: they raise no alignment and are no members for CO-RE. Each as wide as fits where it stands.</summary>
    private void Padding(int from, int to, int level)
    {
        while (from < to)
        {
            var gap = to - from;
            var unit = from % 64 == 0 && gap >= 64 ? 64 : from % 32 == 0 && gap >= 32 ? 32 : from % 16 == 0 && gap >= 16 ? 16 : Math.Min(gap, 8 - (from % 8));
            var word = unit switch { 64 => "long"u8, 32 => "int"u8, 16 => "short"u8, _ => "char"u8 };
            text.Indent(level).Add(word).Add(": "u8).Add(unit).Add(";\n"u8);
            from += unit;
        }
    }

    private static bool BindsTighter(BtfType type) => SkipQualifiers(type).Kind is BtfKind.Array or BtfKind.FunctionPrototype;

    private static BtfType SkipQualifiers(BtfType type)
    {
        for (var depth = 0; type.Kind is BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag; depth++)
        {
            type = depth < BtfType.MaxDepth ? type.Target : throw type.TooDeep();
        }

        return type;
    }
}
