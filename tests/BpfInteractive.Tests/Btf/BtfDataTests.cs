namespace BpfInteractive.Tests.Btf;

public sealed class BtfDataTests
{
    [Fact]
    public void The_first_look_ups_go_without_an_index_and_find_what_it_finds()
    {
        // Names that are the ends of others, one name for several kinds, and names of no type.
        string[] names = ["task_struct", "struct", "file", "list_head", "int", "long unsigned int", "bpf_map_lookup_elem", "schedule", "no_such_name_at_all", "_struct", "s", ""];
        foreach (var kind in (BtfKind[])[BtfKind.Struct, BtfKind.Function, BtfKind.Int, BtfKind.Typedef])
        {
            var searched = BtfData.Map("/sys/kernel/btf/vmlinux");
            var indexed = BtfData.Map("/sys/kernel/btf/vmlinux");
            Assert.NotEmpty(indexed.FindAll("task_struct")); // makes the index
            foreach (var name in names)
            {
                Assert.Equal(
                    indexed.TryFind(name, kind, out var expected) ? expected.Id : -1,
                    searched.TryFind(name, kind, out var found) ? found.Id : -1);
            }
        }
    }

    [Fact]
    public void Several_names_searched_at_once_have_the_types_that_each_has_alone()
    {
        var searched = BtfData.Map("/sys/kernel/btf/vmlinux");
        var indexed = BtfData.Map("/sys/kernel/btf/vmlinux");
        var random = new Random(21);
        string[] names = ["task_struct", "struct", "file", "int", "s", "", "no_such_name_at_all", .. Enumerable.Range(0, 300).Select(_ => indexed[random.Next(1, indexed.TypeCount)].Name).Distinct()];
        var found = names.Select(name => (System.Text.Encoding.UTF8.GetBytes(name), new List<BtfType>())).ToList();
        searched.FindAll(found);
        Assert.All(names.Zip(found), pair => Assert.Equal(indexed.FindAll(pair.First).Select(type => type.Id), pair.Second.Item2.Select(type => type.Id)));
        Assert.True(found.Sum(one => one.Item2.Count) > 250);
    }

    [Fact]
    public void A_struct_tells_its_members_sizes_and_offsets()
    {
        var builder = new BtfBuilder();
        var integer = (uint)builder.Int();
        var array = (uint)builder.Add(BtfKind.Array, "", 0, 0, false, integer, integer, 3);
        var id = builder.Add(BtfKind.Struct, "point", 16, 2, false, builder.Text("x"), integer, 0, builder.Text("rest"), array, 32);
        var data = builder.Parse();
        Assert.True(data.TryFind("point", BtfKind.Struct, out var type));
        Assert.Equal(id, type.Id);
        Assert.Equal(16, type.SizeBytes);
        Assert.Equal(["x", "rest"], type.Members.Select(member => member.Name));
        Assert.Equal([0, 4], type.Members.Select(member => member.OffsetBytes));
        Assert.Equal(3, type.Members[1].Type.ElementCount);
        Assert.Equal(12, type.Members[1].Type.SizeBytes);
        Assert.True(type.Members[0].Type.IsSigned);
        Assert.False(data.TryFind("point", BtfKind.Union, out _));
        Assert.False(data.TryFind("poin", BtfKind.Struct, out _));
    }

    [Fact]
    public void Bit_fields_tell_offset_and_size()
    {
        var builder = new BtfBuilder();
        var integer = (uint)builder.Int();
        builder.Add(BtfKind.Struct, "flags", 4, 2, true, builder.Text("a"), integer, 3u << 24, builder.Text("b"), integer, (5u << 24) | 3);
        Assert.True(builder.Parse().TryFind("flags", BtfKind.Struct, out var type));
        Assert.Equal([3, 5], type.Members.Select(member => member.BitFieldSize));
        Assert.Equal([0, 3], type.Members.Select(member => member.BitOffset));
    }

    [Fact]
    public void Old_style_bit_fields_are_read_from_their_integer()
    {
        var builder = new BtfBuilder();
        var three = (uint)builder.Add(BtfKind.Int, "int", 4, 0, false, (2u << 16) | 3);
        builder.Add(BtfKind.Struct, "flags", 4, 1, false, builder.Text("a"), three, 8);
        Assert.True(builder.Parse().TryFind("flags", BtfKind.Struct, out var type));
        Assert.Equal((10, 3), (type.Members[0].BitOffset, type.Members[0].BitFieldSize));
    }

    [Fact]
    public void Members_of_anonymous_parts_are_found_with_their_whole_offset()
    {
        var builder = new BtfBuilder();
        var integer = (uint)builder.Int();
        var inner = (uint)builder.Add(BtfKind.Union, "", 4, 1, false, builder.Text("deep"), integer, 0);
        builder.Add(BtfKind.Struct, "outer", 8, 2, false, builder.Text("x"), integer, 0, 0, inner, 32);
        Assert.True(builder.Parse().TryFind("outer", BtfKind.Struct, out var type));
        Assert.True(type.TryFindMember("deep", out var member));
        Assert.Equal(4, member.OffsetBytes);
        Assert.False(type.TryFindMember("none", out _));
    }

    [Fact]
    public void Enums_keep_signs_and_64_bits()
    {
        var builder = new BtfBuilder();
        builder.Add(BtfKind.Enum, "signs", 4, 1, true, builder.Text("MINUS"), unchecked((uint)-2));
        builder.Add(BtfKind.Enum, "plain", 4, 1, false, builder.Text("BIG"), 0xffff_fffe);
        builder.Add(BtfKind.Enum64, "wide", 8, 1, false, builder.Text("WIDE"), 1, 2);
        var data = builder.Parse();
        Assert.Equal([-2L, 0xffff_fffe, 0x2_0000_0001], data.Types.Select(type => type.EnumValues[0].Value));
    }

    [Fact]
    public void Split_BTF_continues_numbers_and_strings_of_its_base()
    {
        var first = new BtfBuilder();
        first.Int("base_int");
        var baseData = first.Parse();
        var second = new BtfBuilder();
        var shift = (uint)baseData.StringsLength;
        var own = second.Text("own_alias") + shift;
        var bytes = Patch(second, own);
        var data = BtfData.Parse(bytes, baseData);
        Assert.Equal(3, data.TypeCount);
        Assert.True(data.TryFind("own_alias", BtfKind.Typedef, out var alias));
        Assert.Equal("base_int", alias.Target.Name);
        Assert.True(data.TryFind("base_int", BtfKind.Int, out _));
    }

    [Theory]
    [InlineData("int")]
    [InlineData("int *")]
    [InlineData("int[3]")]
    [InlineData("int (*)[3]")]
    public void Types_print_as_C_names_them(string expected)
    {
        var builder = new BtfBuilder();
        var integer = (uint)builder.Int();
        builder.Add(BtfKind.Pointer, "", integer);
        var array = (uint)builder.Add(BtfKind.Array, "", 0, 0, false, integer, integer, 3);
        builder.Add(BtfKind.Pointer, "", array);
        Assert.Contains(expected, builder.Parse().Types.Select(type => type.ToString()));
    }

    [Fact]
    public void The_kernels_own_types_are_found()
    {
        var kernel = BtfData.Kernel;
        Assert.True(kernel.TryFind("task_struct", BtfKind.Struct, out var task));
        Assert.True(task.TryFindMember("tgid", out var tgid));
        Assert.Equal(4, tgid.Type.SizeBytes);
        Assert.Equal("pid_t", tgid.Type.Name);
        Assert.True(task.TryFindMember("comm", out var comm));
        Assert.True(comm.Type.Target.IsChar);
        Assert.Equal(16, comm.Type.ElementCount);
    }

    [Fact]
    public void The_kernels_own_types_pass_our_validation()
    {
        var bytes = File.ReadAllBytes(BtfData.KernelPath);
        var data = BtfData.Parse(bytes);
        Assert.Equal(BtfData.Kernel.TypeCount, data.TypeCount);
    }

    [Fact]
    public void Every_name_of_the_kernel_is_found_again()
    {
        var kernel = BtfData.Kernel;
        foreach (var type in kernel.Types.Where(type => type.Id % 101 == 0 && !type.IsAnonymous))
        {
            Assert.Contains(type, kernel.FindAll(type.Name));
        }
    }

    private static byte[] Patch(BtfBuilder builder, uint nameOffset)
    {
        builder.Add(BtfKind.Typedef, "", 1);
        var bytes = builder.Build();
        BitConverter.TryWriteBytes(bytes.AsSpan(24), nameOffset);
        return bytes;
    }
}
