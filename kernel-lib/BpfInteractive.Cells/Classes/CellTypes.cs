using System.Text;

namespace BpfInteractive.Cells;

/// <summary>
/// Writes C# types for the C types of an object: structs and unions at the very offsets of C, arrays as inline arrays, enums, bit-fields as properties. Each type is
/// written once, when it is first asked for.
/// </summary>
internal sealed class CellTypes
{
    private const string Indent = "    ";
    private const int Largest = 1 << 20;

    private readonly StringBuilder _text = new();
    private readonly Dictionary<BtfType, string> _names = [];
    private readonly HashSet<string> _taken;

    /// <param name="taken">Names that are used already where the types will stand.</param>
    internal CellTypes(IEnumerable<string> taken) => _taken = new(taken, StringComparer.Ordinal);

    /// <summary>The declarations so far.</summary>
    internal string Text => _text.ToString();

    /// <summary>The C# name of a type; null where C# has none for it (void, a function, a type that is only declared, a value above a megabyte).</summary>
    /// <param name="type">The type.</param>
    /// <param name="hint">What an anonymous struct is called after.</param>
    internal string? NameOf(BtfType type, string hint)
    {
        var resolved = type.Resolve();
        return BtfShapes.Of(resolved) switch
        {
            BtfShape.Integer => Integer(resolved.SizeBytes, resolved.IsSigned && !resolved.IsChar),
            BtfShape.Boolean => "bool",
            BtfShape.Float => resolved.SizeBytes switch { 4 => "float", 8 => "double", _ => null },
            BtfShape.Address => "ulong",
            BtfShape.Enum => EnumName(resolved, hint),
            BtfShape.Text or BtfShape.Bytes or BtfShape.List => ArrayName(resolved, hint),
            BtfShape.Record when resolved.SizeBytes is > 0 and <= Largest => RecordName(resolved, type, hint),
            _ => null,
        };
    }

    private static string? Integer(int size, bool isSigned) => (size, isSigned) switch
    {
        (1, true) => "sbyte",
        (1, false) => "byte",
        (2, true) => "short",
        (2, false) => "ushort",
        (4, true) => "int",
        (4, false) => "uint",
        (8, true) => "long",
        (8, false) => "ulong",
        (16, true) => "global::System.Int128",
        (16, false) => "global::System.UInt128",
        _ => null,
    };

    private string? EnumName(BtfType type, string hint)
    {
        if (Integer(type.SizeBytes, type.IsSigned) is not { } number)
        {
            return null;
        }

        if (type.IsAnonymous && hint.Length == 0)
        {
            return number;
        }

        if (_names.TryGetValue(type, out var known))
        {
            return known;
        }

        var name = Take(type, type.IsAnonymous ? hint : type.Name);
        Line(0, $"/// <summary><c>{Xml(type.ToString())}</c>, {type.SizeBytes} bytes.</summary>");
        Line(0, $"public enum {name} : {number}");
        Line(0, "{");
        foreach (var value in type.EnumValues)
        {
            Line(1, $"{CSharpNames.Escape(value.Name)} = unchecked(({number})({(type.IsSigned ? value.Value.ToString(System.Globalization.CultureInfo.InvariantCulture) : value.UnsignedValue.ToString(System.Globalization.CultureInfo.InvariantCulture))}{(type.IsSigned ? "L" : "UL")})),");
        }

        Line(0, "}");
        return name;
    }

    private string? ArrayName(BtfType type, string hint)
    {
        var count = type.ElementCount;
        if (count == 0 || type.SizeBytes > Largest)
        {
            return null;
        }

        var shape = BtfShapes.Of(type);
        if (NameOf(type.Target, hint) is not { } element)
        {
            return null;
        }

        // Two arrays of the same elements are one type, whatever their numbers in BTF.
        var plain = shape == BtfShape.Text ? $"Text{count}" : $"{Capital(element)}Array{count}";
        var key = _names.FirstOrDefault(known => known.Key.Kind == BtfKind.Array && known.Key.ElementCount == count && known.Value == plain);
        if (key.Value is not null)
        {
            return key.Value;
        }

        var name = Take(type, plain);
        WriteArray(type, name, element, shape == BtfShape.Text);
        return name;
    }

    private void WriteArray(BtfType type, string name, string element, bool isText)
    {
        var span = $"global::System.ReadOnlySpan<{(isText ? "byte" : element)}>";
        Line(0, $"/// <summary><c>{Xml(type.ToString())}</c>, {type.SizeBytes} bytes{(isText ? "; text up to the first NUL" : "")}.</summary>");
        Line(0, $"[global::System.Runtime.CompilerServices.InlineArray({type.ElementCount})]");
        Line(0, $"public struct {name} : global::System.IEquatable<{name}>");
        Line(0, "{");
        Line(1, $"private {(isText ? "byte" : element)} _first;");
        if (isText)
        {
            Line(1, $"public static implicit operator {name}(string text) {{ var value = default({name}); global::BpfInteractive.Cells.CellValue.SetText(value, text); return value; }}");
            Line(1, $"public static implicit operator string({name} text) => text.ToString();");
        }

        if (!isText)
        {
            // An inline array is no sequence: LINQ and charts take this.
            Line(1, $"/// <summary>The elements, copied.</summary>");
            Line(1, $"public readonly {element}[] ToArray() => (({span})this).ToArray();");
        }

        Line(1, $"public override readonly string ToString() => global::BpfInteractive.Cells.CellValue.{(isText ? "Text" : "Describe")}(({span})this);");
        WriteEquality(name);
        Line(0, "}");
    }

    private string RecordName(BtfType type, BtfType alias, string hint)
    {
        if (_names.TryGetValue(type, out var known))
        {
            return known;
        }

        var plain = !type.IsAnonymous ? type.Name : alias.Kind == BtfKind.Typedef ? alias.Name : hint.Length > 0 ? hint : "record";
        var name = Take(type, plain);
        var body = new StringBuilder();
        var described = new List<string>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        var bitBytes = new HashSet<int>();
        foreach (var member in Members(type, 0))
        {
            WriteMember(body, name, member, described, used, bitBytes);
        }

        Line(0, $"/// <summary><c>{Xml(type.IsAnonymous ? plain : type.ToString())}</c>, {type.SizeBytes} bytes.</summary>");
        Line(0, $"[global::System.Runtime.InteropServices.StructLayout(global::System.Runtime.InteropServices.LayoutKind.Explicit, Pack = 1, Size = {type.SizeBytes})]");
        Line(0, $"public struct {name} : global::System.IEquatable<{name}>");
        Line(0, "{");
        _text.Append(body);
        Line(1, $"public override readonly string ToString() => global::BpfInteractive.Cells.CellValue.Describe({string.Join(", ", described.Select(static member => $"(\"{member.TrimStart('@')}\", {member})"))});");
        WriteEquality(name);
        Line(0, "}");
        return name;
    }

    private void WriteMember(StringBuilder body, string owner, CellMember member, List<string> described, HashSet<string> used, HashSet<int> bitBytes)
    {
        if (BtfShapes.IsKernelOwned(member.Type) || NameOf(member.Type, $"{owner.TrimStart('@')}_{member.Name}") is not { } type)
        {
            return;
        }

        var name = CSharpNames.Member(member.Name, owner);
        if (!used.Add(name))
        {
            return;
        }

        described.Add(name);
        var place = member.Bits == 0 ? $"at byte {member.Offset / 8}, {member.Type.SizeBytes} bytes" : $"{member.Bits} bits at bit {member.Offset}";
        body.Append($"{Indent}{Indent}/// <summary><c>{Xml(member.Type.ToString())}</c> {place}.</summary>\n");
        if (member.Bits == 0)
        {
            body.Append($"{Indent}{Indent}[global::System.Runtime.InteropServices.FieldOffset({member.Offset / 8})] public {type} {name};\n");
            return;
        }

        WriteBitField(body, member, type, name);
        if (bitBytes.Add(member.Offset / 8))
        {
            body.Append($"{Indent}{Indent}[global::System.Runtime.InteropServices.FieldOffset({member.Offset / 8})] private byte _bits{member.Offset / 8};\n");
        }
    }

    private static void WriteBitField(StringBuilder body, CellMember member, string type, string name)
    {
        var isBool = type == "bool";
        var read = $"global::BpfInteractive.Cells.CellValue.Bits(in this, {member.Offset}, {member.Bits}, {(member.Type.IsSigned ? "true" : "false")})";
        var get = isBool ? $"{read} != 0" : $"unchecked(({type}){read})";
        var set = isBool ? "value ? 1L : 0L" : "unchecked((long)value)";
        body.Append($"{Indent}{Indent}public {type} {name} {{ readonly get => {get}; set => global::BpfInteractive.Cells.CellValue.SetBits(ref this, {member.Offset}, {member.Bits}, {set}); }}\n");
    }

    private void WriteEquality(string name)
    {
        Line(1, $"public readonly bool Equals({name} other) => global::BpfInteractive.Cells.CellValue.AreEqual(in this, in other);");
        Line(1, $"public override readonly bool Equals(object other) => other is {name} same && Equals(same);");
        Line(1, "public override readonly int GetHashCode() => global::BpfInteractive.Cells.CellValue.Hash(in this);");
    }

    /// <summary>The members as C sees them: those of anonymous structs and unions stand among the rest.</summary>
    private static IEnumerable<CellMember> Members(BtfType type, int offset)
    {
        foreach (var member in type.Members)
        {
            if (!member.IsAnonymous)
            {
                yield return new CellMember(member.Name, member.Type, offset + member.BitOffset, member.BitFieldSize);
            }
            else if (member.Type.Resolve() is { Kind: BtfKind.Struct or BtfKind.Union } inner)
            {
                foreach (var hidden in Members(inner, offset + member.BitOffset))
                {
                    yield return hidden;
                }
            }
        }
    }

    private string Take(BtfType type, string plain)
    {
        var name = plain;
        while (!_taken.Add(name))
        {
            name += "_";
        }

        name = CSharpNames.Escape(name);
        _names[type] = name;
        return name;
    }

    private void Line(int depth, string text)
    {
        _text.Append(Indent);
        for (var i = 0; i < depth; i++)
        {
            _text.Append(Indent);
        }

        _text.Append(text).Append('\n');
    }

    private static string Capital(string type)
    {
        var name = type[(type.LastIndexOfAny(['.', ':', '@']) + 1)..];
        return char.ToUpperInvariant(name[0]) + name[1..];
    }

    internal static string Xml(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    /// <param name="Name">The member's name.</param>
    /// <param name="Type">Its type.</param>
    /// <param name="Offset">Bits from the record's start.</param>
    /// <param name="Bits">The size of a bit-field; 0 for others.</param>
    private readonly record struct CellMember(string Name, BtfType Type, int Offset, int Bits);
}
