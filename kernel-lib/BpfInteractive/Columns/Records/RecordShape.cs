namespace BpfInteractive;

/// <summary>
/// Turns a BTF type into field decoders, each with a column of its own: nested structs become <c>outer.inner</c>, members of anonymous ones keep
/// their own name, every member of a union is a column over the same bytes, arrays become lists (char arrays text, arrays of unsigned bytes bytes).
/// </summary>
internal static class RecordShape
{
    /// <summary>Beyond this a type is a kernel structure that somebody emitted whole by mistake.</summary>
    private const int MostColumns = 4096;

    internal static List<FieldDecoder> Flatten(BtfType type, string name)
    {
        var fields = new List<FieldDecoder>();
        AddType(fields, name, type, bitOffset: 0, bitFieldSize: 0, isTail: true);
        return fields.Count > 0
            ? fields
            : throw new ArgumentException($"'{type}' has no fields to decode", nameof(type));
    }

    private static void AddType(List<FieldDecoder> fields, string name, BtfType declared, int bitOffset, int bitFieldSize, bool isTail)
    {
        var type = declared.Resolve();
        switch (type.Kind)
        {
            case BtfKind.Struct or BtfKind.Union:
                AddMembers(fields, name, type, bitOffset, isTail);
                return;
            case BtfKind.Array:
                AddArray(fields, name, type, bitOffset / 8, isTail);
                return;
        }

        var field = Scalar(name, declared, type, bitOffset, bitFieldSize);
        if (field is not null)
        {
            fields.Add(field);
        }

        if (fields.Count > MostColumns)
        {
            throw new ArgumentException($"the type has more than {MostColumns} fields; emit a smaller struct", nameof(declared));
        }
    }

    private static void AddMembers(List<FieldDecoder> fields, string prefix, BtfType type, int bitOffset, bool isTail)
    {
        var index = 0;
        foreach (var member in type.Members)
        {
            index++;
            var kind = member.Type.Resolve().Kind;
            if (member.IsAnonymous && kind is not (BtfKind.Struct or BtfKind.Union))
            {
                continue; // an unnamed bit-field is padding
            }

            var name = member.IsAnonymous ? prefix : prefix.Length == 0 ? member.Name : $"{prefix}.{member.Name}";
            var last = type.Kind == BtfKind.Union || index == type.Members.Count;
            AddType(fields, name, member.Type, bitOffset + member.BitOffset, member.BitFieldSize, isTail && last);
        }
    }

    private static void AddArray(List<FieldDecoder> fields, string name, BtfType array, int offset, bool isTail)
    {
        var element = array.Target.Resolve();
        var stride = element.SizeBytes;
        var count = array.ElementCount;
        if (stride == 0 || (count == 0 && !isTail))
        {
            return; // an array without elements that something follows: only its address ever meant anything
        }

        count = count == 0 ? -1 : count;
        if (IsChar(element))
        {
            fields.Add(new TextField(new TextColumnBuilder(name), offset, count));
        }
        else if (element is { Kind: BtfKind.Int, SizeBytes: 1, IsSigned: false, IsBool: false })
        {
            fields.Add(new BytesField(new BytesColumnBuilder(name), offset, count));
        }
        else if (NumberList(name, array.Target, element, offset, count) is { } numbers)
        {
            fields.Add(numbers);
        }
        else
        {
            var elements = new List<FieldDecoder>();
            AddType(elements, name, array.Target, bitOffset: 0, bitFieldSize: 0, isTail: false);
            fields.AddRange(elements.Select(field => new ListField(new ListColumnBuilder(field.Builder.Name, field.Builder), field, offset, count, stride)));
        }
    }

    /// <summary>Compilers do not set BTF's character flag, so the integer's own name decides; u8 is an <c>unsigned char</c>, and a number.</summary>
    private static bool IsChar(BtfType type) => type.Kind == BtfKind.Int && type.NameUtf8.SequenceEqual("char"u8);

    private static FieldDecoder? NumberList(string name, BtfType declared, BtfType element, int offset, int count)
    {
        if (element.IsBool || element.Kind is not (BtfKind.Int or BtfKind.Float or BtfKind.Pointer))
        {
            return null;
        }

        var format = FieldFormats.Of(name, declared);
        return NumberKind(element) switch
        {
            TypeCode.SByte => Of<sbyte>(),
            TypeCode.Byte => Of<byte>(),
            TypeCode.Int16 => Of<short>(),
            TypeCode.UInt16 => Of<ushort>(),
            TypeCode.Int32 => Of<int>(),
            TypeCode.UInt32 => Of<uint>(),
            TypeCode.Int64 => Of<long>(),
            TypeCode.UInt64 => Of<ulong>(),
            TypeCode.Single => Of<float>(),
            TypeCode.Double => Of<double>(),
            _ => null,
        };

        NumberListField<T> Of<T>()
            where T : unmanaged => new(new ListColumnBuilder(name, new ColumnBuilder<T>(name, format)), offset, count);
    }

    private static FieldDecoder? Scalar(string name, BtfType declared, BtfType type, int bitOffset, int bitFieldSize)
    {
        var size = type.SizeBytes;
        var bits = bitFieldSize > 0 ? bitFieldSize : size * 8;
        var source = new IntegerSource(bitOffset, bits, type.IsSigned);
        if (bits is 0 or > 128 || type.Kind is BtfKind.Function or BtfKind.FunctionPrototype)
        {
            return null;
        }

        if (bits <= 64 && type.IsBool)
        {
            return new BoolField(new ColumnBuilder<bool>(name), source);
        }

        if (bits <= 64 && type.Kind is BtfKind.Enum or BtfKind.Enum64)
        {
            return new EnumField(new TextColumnBuilder(name), source, EnumNames(type));
        }

        return NumberKind(type) switch
        {
            TypeCode.SByte => Number<sbyte>(),
            TypeCode.Byte => Number<byte>(),
            TypeCode.Int16 => Number<short>(),
            TypeCode.UInt16 => Number<ushort>(),
            TypeCode.Int32 => Number<int>(),
            TypeCode.UInt32 => Number<uint>(),
            TypeCode.Int64 => Number<long>(),
            TypeCode.UInt64 => Number<ulong>(),
            TypeCode.Single => Number<float>(),
            TypeCode.Double => Number<double>(),
            _ when size == 16 && type.Kind == BtfKind.Int && bitFieldSize == 0 => type.IsSigned ? Number<Int128>() : Number<UInt128>(),
            _ => new BytesField(new BytesColumnBuilder(name), bitOffset / 8, ((bitOffset + bits + 7) / 8) - (bitOffset / 8)),
        };

        FieldDecoder Number<T>()
            where T : unmanaged
        {
            var builder = new ColumnBuilder<T>(name, FieldFormats.Of(name, declared));
            return bitFieldSize > 0 ? new BitField<T>(builder, source) : new ScalarField<T>(builder, bitOffset / 8);
        }
    }

    private static Dictionary<long, string> EnumNames(BtfType type)
    {
        var names = new Dictionary<long, string>();
        foreach (var value in type.EnumValues)
        {
            names.TryAdd(value.Value, value.Name); // of two names for one value the first is as good as any
        }

        return names;
    }

    /// <summary>Which .NET number a type is; Object when there is none of at most 64 bits.</summary>
    private static TypeCode NumberKind(BtfType type) => (type.Kind, type.SizeBytes) switch
    {
        (BtfKind.Pointer, 8) => TypeCode.UInt64,
        (BtfKind.Float, 4) => TypeCode.Single,
        (BtfKind.Float, 8) => TypeCode.Double,
        (BtfKind.Int, 1) => type.IsSigned ? TypeCode.SByte : TypeCode.Byte,
        (BtfKind.Int, 2) => type.IsSigned ? TypeCode.Int16 : TypeCode.UInt16,
        (BtfKind.Int, 4) => type.IsSigned ? TypeCode.Int32 : TypeCode.UInt32,
        (BtfKind.Int, 8) => type.IsSigned ? TypeCode.Int64 : TypeCode.UInt64,
        _ => TypeCode.Object,
    };
}
