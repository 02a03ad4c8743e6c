namespace BpfInteractive;

/// <summary>What a value of a type looks like in .NET: the one place where that is decided.</summary>
internal enum BtfShape
{
    /// <summary>An integer of whole bytes or of bits.</summary>
    Integer,

    /// <summary>_Bool.</summary>
    Boolean,

    /// <summary>float, double.</summary>
    Float,

    /// <summary>A name for a number.</summary>
    Enum,

    /// <summary>A pointer.</summary>
    Address,

    /// <summary>char[N].</summary>
    Text,

    /// <summary>An array of other single bytes.</summary>
    Bytes,

    /// <summary>Any other array.</summary>
    List,

    /// <summary>A struct or union.</summary>
    Record,

    /// <summary>What has no value of its own: void, functions, declared types.</summary>
    Opaque,
}

/// <summary>Shapes of types.</summary>
internal static class BtfShapes
{
    // What the verifier lets programs put into map values and what the kernel never copies (kernel/bpf/btf.c, btf_get_field_type).
    private static readonly HashSet<string> s_kernelOwned = new(StringComparer.Ordinal)
    {
        "bpf_spin_lock", "bpf_res_spin_lock", "bpf_timer", "bpf_wq", "bpf_task_work", "bpf_list_head", "bpf_list_node", "bpf_rb_root", "bpf_rb_node", "bpf_refcount",
    };

    /// <summary>The shape of a type that is already resolved.</summary>
    internal static BtfShape Of(BtfType resolved) => resolved.Kind switch
    {
        BtfKind.Int => resolved.IsBool ? BtfShape.Boolean : BtfShape.Integer,
        BtfKind.Float => BtfShape.Float,
        BtfKind.Enum or BtfKind.Enum64 => BtfShape.Enum,
        BtfKind.Pointer => BtfShape.Address,
        BtfKind.Array => OfElements(resolved.Target.Resolve()),
        BtfKind.Struct or BtfKind.Union => BtfShape.Record,
        _ => BtfShape.Opaque,
    };

    /// <summary>Whether the kernel keeps a member of this type to itself.</summary>
    internal static bool IsKernelOwned(BtfType type)
    {
        var resolved = type.Resolve();
        return resolved.Kind == BtfKind.Struct && s_kernelOwned.Contains(resolved.Name);
    }

    /// <summary>Whether a value of this type holds a struct bpf_spin_lock; the kernel allows one, at the top.</summary>
    internal static bool HoldsSpinLock(BtfType type)
    {
        foreach (var member in type.Resolve().Members)
        {
            var resolved = member.Type.Resolve();
            if (resolved.Kind == BtfKind.Struct && resolved.NameUtf8.SequenceEqual("bpf_spin_lock"u8))
            {
                return true;
            }
        }

        return false;
    }

    private static BtfShape OfElements(BtfType element)
    {
        if (element.Kind != BtfKind.Int || element.SizeBytes != 1 || element.IsBool)
        {
            return BtfShape.List;
        }

        // u8 is "unsigned char": numbers, not text. Text is what its author called char.
        return element.NameUtf8.SequenceEqual("char"u8) ? BtfShape.Text : BtfShape.Bytes;
    }
}
