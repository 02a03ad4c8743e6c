namespace BpfInteractive;

/// <summary>The kinds of BTF type descriptions, with the kernel's numbers (include/uapi/linux/btf.h).</summary>
public enum BtfKind
{
    /// <summary>No type: C's <c>void</c>, always number 0.</summary>
    Void = 0,

    /// <summary>An integer, a character or a boolean.</summary>
    Int = 1,

    /// <summary>A pointer.</summary>
    Pointer = 2,

    /// <summary>An array of a fixed number of elements.</summary>
    Array = 3,

    /// <summary>A struct.</summary>
    Struct = 4,

    /// <summary>A union.</summary>
    Union = 5,

    /// <summary>An enum whose values have up to 32 bits.</summary>
    Enum = 6,

    /// <summary>A struct or union that is named but not described.</summary>
    Forward = 7,

    /// <summary>Another name for a type.</summary>
    Typedef = 8,

    /// <summary>The <c>volatile</c> qualifier.</summary>
    Volatile = 9,

    /// <summary>The <c>const</c> qualifier.</summary>
    Const = 10,

    /// <summary>The <c>restrict</c> qualifier.</summary>
    Restrict = 11,

    /// <summary>A function with a name; its target is a <see cref="FunctionPrototype"/>.</summary>
    Function = 12,

    /// <summary>A function's result and parameters.</summary>
    FunctionPrototype = 13,

    /// <summary>A global variable.</summary>
    Variable = 14,

    /// <summary>An ELF section with its variables.</summary>
    DataSection = 15,

    /// <summary>A floating-point number.</summary>
    Float = 16,

    /// <summary>A tag on a declaration: <c>__attribute__((btf_decl_tag("...")))</c>.</summary>
    DeclarationTag = 17,

    /// <summary>A tag on a type: <c>__attribute__((btf_type_tag("...")))</c>, for example <c>__user</c>, <c>__rcu</c>.</summary>
    TypeTag = 18,

    /// <summary>An enum whose values have up to 64 bits.</summary>
    Enum64 = 19,
}
