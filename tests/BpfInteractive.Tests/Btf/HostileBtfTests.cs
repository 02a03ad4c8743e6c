namespace BpfInteractive.Tests.Btf;

public sealed class HostileBtfTests
{
    [Fact]
    public void Every_truncation_is_refused_or_read_but_never_crashes()
    {
        var whole = Sample().Build();
        for (var length = 0; length < whole.Length; length++)
        {
            var error = Assert.Throws<BtfFormatException>(() => BtfData.Parse(whole.AsMemory(0, length)));
            Assert.StartsWith("cannot read BTF", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Flipped_bits_never_do_worse_than_a_format_exception()
    {
        var whole = Sample().Build();
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var copy = (byte[])whole.Clone();
            copy[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Exercise(BtfData.Parse(copy));
            }
            catch (BtfFormatException)
            {
            }
        }
    }

    [Fact]
    public void Random_words_never_do_worse_than_a_format_exception()
    {
        var random = new Random(20261123);
        var whole = Sample().Build();
        for (var round = 0; round < 20_000; round++)
        {
            var copy = (byte[])whole.Clone();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                BitConverter.TryWriteBytes(copy.AsSpan(random.Next(copy.Length / 4) * 4), random.Next(3) == 0 ? random.Next() : random.Next(40));
            }

            try
            {
                Exercise(BtfData.Parse(copy));
            }
            catch (BtfFormatException)
            {
            }
        }
    }

    [Fact]
    public void Big_endian_is_named() => Refused([0xeb, 0x9f, 1, 0, .. new byte[28]], "big-endian");

    [Fact]
    public void Another_file_is_named() => Refused([0x7f, (byte)'E', (byte)'L', (byte)'F', .. new byte[28]], "magic");

    [Fact]
    public void A_typedef_of_itself_is_refused()
    {
        var builder = new BtfBuilder();
        builder.Add(BtfKind.Typedef, "t", 1);
        Refused(builder.Build(), "contains itself");
    }

    [Fact]
    public void A_struct_that_holds_itself_is_refused()
    {
        var builder = new BtfBuilder();
        builder.Add(BtfKind.Struct, "s", 8, 1, false, builder.Text("s"), 1, 0);
        Refused(builder.Build(), "contains itself");
    }

    [Fact]
    public void A_ring_of_pointers_is_refused()
    {
        var builder = new BtfBuilder();
        builder.Add(BtfKind.Pointer, "", 2);
        builder.Add(BtfKind.Const, "", 1);
        Refused(builder.Build(), "contains itself");
    }

    [Fact]
    public void A_struct_that_points_to_itself_is_fine()
    {
        var builder = new BtfBuilder();
        builder.Add(BtfKind.Struct, "s", 8, 1, false, builder.Text("next"), 2, 0);
        builder.Add(BtfKind.Pointer, "", 1);
        Assert.Equal(8, builder.Parse()[1].SizeBytes);
    }

    [Fact]
    public void A_tower_of_a_hundred_thousand_pointers_is_refused()
    {
        var builder = new BtfBuilder();
        builder.Int();
        for (uint id = 1; id < 100_000; id++)
        {
            builder.Add(BtfKind.Pointer, "", id);
        }

        Refused(builder.Build(), "nested more than");
    }

    [Fact]
    public void Unions_of_unions_that_explode_are_refused()
    {
        var builder = new BtfBuilder();
        builder.Int();
        for (uint id = 1; id < 40; id++)
        {
            builder.Add(BtfKind.Union, "", 4, 2, false, 0, id, 0, 0, id, 0);
        }

        Refused(builder.Build(), "members");
    }

    [Fact]
    public void An_array_of_gigabytes_is_refused()
    {
        var builder = new BtfBuilder();
        var integer = (uint)builder.Int();
        var inner = (uint)builder.Add(BtfKind.Array, "", 0, 0, false, integer, integer, 0x7000_0000);
        builder.Add(BtfKind.Array, "", 0, 0, false, inner, integer, 0x7000_0000);
        Refused(builder.Build(), "bytes");
    }

    [Fact]
    public void A_member_outside_of_its_struct_is_refused()
    {
        var builder = new BtfBuilder();
        builder.Int();
        builder.Add(BtfKind.Struct, "s", 4, 1, false, builder.Text("x"), 1, 8);
        Refused(builder.Build(), "member 'x' ends at bit 40");
    }

    [Fact]
    public void A_reference_past_the_end_is_refused()
    {
        var builder = new BtfBuilder();
        builder.Add(BtfKind.Pointer, "", 77);
        Refused(builder.Build(), "refers to type 77");
    }

    private static void Refused(byte[] bytes, string words) =>
        Assert.Contains(words, Assert.Throws<BtfFormatException>(() => BtfData.Parse(bytes)).Message, StringComparison.Ordinal);

    private static BtfBuilder Sample()
    {
        var builder = new BtfBuilder();
        var integer = (uint)builder.Int();
        var pointer = (uint)builder.Add(BtfKind.Pointer, "", 6);
        var array = (uint)builder.Add(BtfKind.Array, "", 0, 0, false, integer, integer, 3);
        var alias = (uint)builder.Add(BtfKind.Typedef, "alias", integer);
        var constant = (uint)builder.Add(BtfKind.Const, "", alias);
        builder.Add(BtfKind.Struct, "node", 40, 4, true, builder.Text("next"), pointer, 0, builder.Text("values"), array, 64, builder.Text("bits"), constant, (7u << 24) | 160, 0, 7, 192);
        builder.Add(BtfKind.Union, "", 4, 1, false, builder.Text("inner"), integer, 0);
        builder.Add(BtfKind.Enum, "colour", 4, 2, false, builder.Text("RED"), 0, builder.Text("BLUE"), 1);
        var prototype = (uint)builder.Add(BtfKind.FunctionPrototype, "", integer, 1, false, builder.Text("argument"), pointer);
        builder.Add(BtfKind.Function, "work", prototype, 1);
        var variable = (uint)builder.Add(BtfKind.Variable, "counter", integer, 0, false, 1);
        builder.Add(BtfKind.DataSection, ".bss", 4, 1, false, variable, 0, 4);
        return builder;
    }

    private static void Exercise(BtfData data)
    {
        foreach (var type in data.Types)
        {
            _ = type.ToString();
            _ = (type.SizeBytes, type.IsSigned, type.IsBool, type.IsChar, type.BitCount, type.Resolve(), type.Target);
            _ = type.Members.Sum(member => member.BitOffset + member.BitFieldSize + member.Name.Length + member.Type.SizeBytes);
            _ = type.EnumValues.Sum(value => value.Name.Length);
            _ = type.Parameters.Sum(parameter => parameter.Type.SizeBytes);
            _ = type.SectionVariables.Sum(variable => variable.Type.SizeBytes + variable.Name.Length);
            _ = type.TryFindMember("inner", out _);
            _ = data.FindAll(type.Name);
        }
    }
}
