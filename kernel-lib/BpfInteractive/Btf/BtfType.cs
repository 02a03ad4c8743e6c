using System.Text;

namespace BpfInteractive;

/// <summary>
/// One type of a <see cref="BtfData"/>: a number and the data it belongs to. A value without cost; two are equal when they are the
/// same number of the same data. Prints as C would name it: <c>struct task_struct</c>, <c>char[16]</c>, <c>const struct file *</c>.
/// </summary>
public readonly struct BtfType : IEquatable<BtfType>
{
    /// <summary>How long a chain of typedefs, qualifiers, pointers and arrays may be; the kernel stops at 32 (MAX_RESOLVE_DEPTH).</summary>
    internal const int MaxDepth = 64;

    internal BtfType(BtfData data, int id)
    {
        Data = data;
        Id = id;
    }

    /// <summary>The BTF this type belongs to.</summary>
    public BtfData Data { get; }

    /// <summary>Its number there; 0 is <c>void</c>.</summary>
    public int Id { get; }

    /// <summary>What it is.</summary>
    public BtfKind Kind => Data is null ? BtfKind.Void : Data.KindOf(Id);

    /// <summary>Its name, or "" if it has none (anonymous structs, pointers, qualifiers).</summary>
    public string Name => Data is null ? "" : Data.TextAt(Data.NameOffsetOf(Id));

    /// <summary>Its name in UTF-8, without making a string; it stays valid as long as the span is held.</summary>
    public ReadOnlySpan<byte> NameUtf8 => Data is null ? default : Data.StringAt(Data.NameOffsetOf(Id));

    /// <summary>Whether it has no name.</summary>
    public bool IsAnonymous => Data is null || Data.NameOffsetOf(Id) == 0;

    /// <summary>
    /// The size of a value in bytes, seen through typedefs, qualifiers and arrays. Pointers take 8. Zero for <c>void</c>, functions
    /// and types that are only declared.
    /// </summary>
    /// <exception cref="BtfFormatException">An array is larger than 2 GB, or the types are damaged.</exception>
    public int SizeBytes => (int)BtfTypeMath.SizeBytes(this);

    /// <summary>
    /// The type this one points to, renames, qualifies, returns (function prototype) or tags; an array's element; a function's prototype; a
    /// variable's type. <c>void</c> for every other kind.
    /// </summary>
    public BtfType Target => Kind switch
    {
        BtfKind.Array => Data.Follow(Data.Word(Id, 12)),
        var kind when BtfLayout.HasTarget(kind) => Data.Follow(Data.Word(Id, 8)),
        _ => new BtfType(Data!, 0),
    };

    /// <summary>The number of elements of an array; 0 otherwise.</summary>
    public int ElementCount
    {
        get
        {
            if (Kind != BtfKind.Array)
            {
                return 0;
            }

            var count = Data.Word(Id, 20);
            return count <= int.MaxValue ? (int)count : throw new BtfFormatException("BTF", Data.OffsetOf(Id), $"an array of {count} elements");
        }
    }

    /// <summary>Whether it is a signed integer, or an enum with a negative value; seen through typedefs and qualifiers.</summary>
    public bool IsSigned => Resolve() is var type && type.Kind switch
    {
        BtfKind.Int => (type.IntEncoding & 1) != 0,
        BtfKind.Enum or BtfKind.Enum64 => type.Flag,
        _ => false,
    };

    /// <summary>Whether it is <c>_Bool</c>, seen through typedefs and qualifiers.</summary>
    public bool IsBool => Resolve() is var type && type.Kind == BtfKind.Int && (type.IntEncoding & 4) != 0;

    /// <summary>Whether it is <c>char</c> (signed or not), seen through typedefs and qualifiers.</summary>
    /// <remarks>Compilers do not set BTF's character flag, so the name decides: any one-byte integer whose own name says char.</remarks>
    public bool IsChar => Resolve() is var type && type.Kind == BtfKind.Int && !type.IsBool && type.SizeBytes == 1
        && ((type.IntEncoding & 2) != 0 || type.NameUtf8.IndexOf("char"u8) >= 0);

    /// <summary>The number of bits of an integer (its size times 8 but for old-style bit-fields), seen through typedefs and qualifiers; 0 otherwise.</summary>
    public int BitCount => Resolve() is var type && type.Kind == BtfKind.Int ? (int)(type.Data.Word(type.Id, 12) & 0xff) : 0;

    /// <summary>The members of a struct or union, in order; empty otherwise.</summary>
    public BtfList<BtfMember> Members => new(this, Kind is BtfKind.Struct or BtfKind.Union ? Count : 0);

    /// <summary>The names and values of an enum, in order; empty otherwise.</summary>
    public BtfList<BtfEnumValue> EnumValues => new(this, Kind is BtfKind.Enum or BtfKind.Enum64 ? Count : 0);

    /// <summary>The parameters of a function prototype (or of a function, through its prototype), in order; empty otherwise.</summary>
    public BtfList<BtfParameter> Parameters => Kind switch
    {
        BtfKind.Function when Target is { Kind: BtfKind.FunctionPrototype } prototype => prototype.Parameters,
        BtfKind.FunctionPrototype => new(this, Count),
        _ => default,
    };

    /// <summary>The variables of a data section, in order; empty otherwise.</summary>
    public BtfList<BtfSectionVariable> SectionVariables => new(this, Kind == BtfKind.DataSection ? Count : 0);

    /// <summary>For a <see cref="BtfKind.Forward"/>: whether a union is declared, and not a struct.</summary>
    public bool IsForwardUnion => Kind == BtfKind.Forward && Flag;

    /// <summary>For functions and variables: whether it is static (0), global (1) or extern (2); 0 otherwise.</summary>
    internal int Linkage => Kind switch
    {
        BtfKind.Function => Count,
        BtfKind.Variable => (int)Data.Word(Id, 12),
        _ => 0,
    };

    internal int IntEncoding => (int)(Data.Word(Id, 12) >> 24) & 0xf;

    internal int Count => BtfLayout.CountOf(Data.InfoOf(Id));

    internal bool Flag => BtfLayout.FlagOf(Data.InfoOf(Id));

    /// <summary>The type without typedefs, qualifiers and type tags around it.</summary>
    public BtfType Resolve()
    {
        var type = this;
        for (var depth = 0; BtfLayout.IsAlias(type.Kind); depth++)
        {
            type = depth < MaxDepth ? type.Target : throw TooDeep();
        }

        return type;
    }

    /// <summary>The member with a name, searched in anonymous structs and unions too (its offset is then from the start of this type).</summary>
    /// <returns>Whether there is one.</returns>
    public bool TryFindMember(string name, out BtfMember member) => BtfTypeMath.TryFindMember(Resolve(), name, 0, 0, out member);

    /// <inheritdoc/>
    public bool Equals(BtfType other) => Id == other.Id && ReferenceEquals(Data, other.Data);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BtfType other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Data, Id);

    /// <summary>Whether both are the same number of the same data.</summary>
    public static bool operator ==(BtfType left, BtfType right) => left.Equals(right);

    /// <summary>Whether they differ in number or data.</summary>
    public static bool operator !=(BtfType left, BtfType right) => !left.Equals(right);

    /// <summary>The type as C would name it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        BtfNaming.Append(text, this, "", 0);
        return text.ToString();
    }

    internal BtfFormatException TooDeep() =>
        new("BTF", Data.OffsetOf(Id), $"type {Id} is nested more than {MaxDepth} deep, or contains itself");
}
