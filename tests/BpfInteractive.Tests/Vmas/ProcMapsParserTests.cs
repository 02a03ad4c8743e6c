using System.Text;

namespace BpfInteractive.Tests.Vmas;

public sealed class ProcMapsParserTests
{
    [Fact]
    public void Reads_a_line_of_a_file()
    {
        Assert.True(Parse("7fafe069d000-7fafe07f3000 r-xp 00026000 fe:00 332096                     /usr/lib/libc.so.6", out var vma, out var name));
        Assert.Equal((0x7fafe069d000UL, 0x7fafe07f3000UL, 0x26000UL, 332096UL), (vma.Start, vma.End, vma.Offset, vma.Inode));
        Assert.Equal((VmaPermissions.Read | VmaPermissions.Execute, 0xfe00000u), ((VmaPermissions)vma.Permissions, vma.Device));
        Assert.Equal("/usr/lib/libc.so.6", name);
    }

    [Fact]
    public void Reads_a_line_without_a_name()
    {
        Assert.True(Parse("7fff6f9a7000-7fff6f9c8000 rw-s 00000000 00:00 0 ", out var vma, out var name));
        Assert.Equal(VmaPermissions.Read | VmaPermissions.Write | VmaPermissions.Shared, (VmaPermissions)vma.Permissions);
        Assert.Equal("", name);
    }

    [Fact]
    public void Keeps_spaces_within_and_after_a_name()
    {
        Assert.True(Parse("1000-2000 r--p 00000000 fe:00 1                                          /tmp/ a  b ", out _, out var name));
        Assert.Equal("/tmp/ a  b ", name);
    }

    [Fact]
    public void Reads_the_highest_addresses_and_numbers()
    {
        Assert.True(Parse("ffffffffff600000-ffffffffffffffff ---p fffffffffffff000 fff:fffff 18446744073709551615 [x]", out var vma, out _));
        Assert.Equal((0xffffffffff600000, ulong.MaxValue, 0xfffffffffffff000, ulong.MaxValue, uint.MaxValue), (vma.Start, vma.End, vma.Offset, vma.Inode, vma.Device));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("1000")]
    [InlineData("1000-")]
    [InlineData("1000-2000")]
    [InlineData("1000-2000 ")]
    [InlineData("2000-1000 r--p 00000000 00:00 0")]
    [InlineData("1000-1000 r--p 00000000 00:00 0")]
    [InlineData("1000-2000 r--q 00000000 00:00 0")]
    [InlineData("1000-2000 wr-p 00000000 00:00 0")]
    [InlineData("1000-2000 r--p  00:00 0")]
    [InlineData("1000-2000 r--p 00000000 00 0")]
    [InlineData("1000-2000 r--p 00000000 00:00 ")]
    [InlineData("1000-2000 r--p 00000000 00:00 x")]
    [InlineData("1000-2000 r--p 00000000 00:00 0x")]
    [InlineData("1000-2000 r--p 00000000 1000:00 0")]
    [InlineData("1000-2000 r--p 00000000 00:100000 0")]
    [InlineData("1000-2000 r--p 00000000 00:00 99999999999999999999")]
    [InlineData("10000000000000000-20000000000000000 r--p 00000000 00:00 0")]
    [InlineData("100G-2000 r--p 00000000 00:00 0")]
    [InlineData("-1000-2000 r--p 00000000 00:00 0")]
    public void Refuses_what_the_kernel_would_not_write(string line) => Assert.False(Parse(line, out _, out _));

    [Fact]
    public void Survives_every_cut_and_every_changed_byte_of_a_line()
    {
        var line = "7fafe069d000-7fafe07f3000 r-xp 00026000 fe:00 332096                     /usr/lib/libc.so.6"u8.ToArray();
        for (var at = 0; at < line.Length; at++)
        {
            _ = ProcMapsParser.TryParse(line.AsSpan(0, at), out _);
            for (var value = 0; value < 256; value++)
            {
                var changed = line.ToArray();
                changed[at] = (byte)value;
                _ = ProcMapsParser.TryParse(changed, out _);
            }
        }
    }

    [Fact]
    public void Takes_a_line_only_when_it_is_whole()
    {
        var text = "one\ntwo\nthr"u8;
        Assert.True(ProcMapsParser.TryTakeLine(ref text, out var line));
        Assert.Equal("one", Encoding.UTF8.GetString(line));
        Assert.True(ProcMapsParser.TryTakeLine(ref text, out line));
        Assert.False(ProcMapsParser.TryTakeLine(ref text, out _));
        Assert.Equal("thr", Encoding.UTF8.GetString(text));
    }

    [Theory]
    [InlineData("[heap]", false, VmaKind.Heap)]
    [InlineData("[stack]", false, VmaKind.Stack)]
    [InlineData("[vdso]", false, VmaKind.Vdso)]
    [InlineData("[vvar]", false, VmaKind.Vvar)]
    [InlineData("[vvar_vclock]", false, VmaKind.Vvar)]
    [InlineData("[vsyscall]", false, VmaKind.Vsyscall)]
    [InlineData("[uprobes]", false, VmaKind.Uprobes)]
    [InlineData("[anon:jit code]", false, VmaKind.NamedAnonymous)]
    [InlineData("[anon_shmem:x]", false, VmaKind.SharedMemory)]
    [InlineData("[sigpage]", false, VmaKind.Special)]
    [InlineData("", false, VmaKind.Anonymous)]
    [InlineData("/memfd:x", true, VmaKind.Memfd)]
    [InlineData("/memfd:x", false, VmaKind.File)]
    [InlineData("/dev/zero", true, VmaKind.SharedMemory)]
    [InlineData("/dev/zero", false, VmaKind.File)]
    [InlineData("/SYSV0000002a", true, VmaKind.SharedMemory)]
    [InlineData("/dev/shm/x", false, VmaKind.SharedMemory)]
    [InlineData("/anon_hugepage", true, VmaKind.Anonymous)]
    [InlineData("/usr/bin/[heap]", false, VmaKind.File)]
    [InlineData("anon_inode:[perf_event]", false, VmaKind.File)]
    public void Tells_kinds_by_name(string name, bool deleted, VmaKind kind) => Assert.Equal(kind, VmaKinds.Of(Encoding.UTF8.GetBytes(name), deleted));

    [Theory]
    [InlineData("/a\\012b", "/a\nb")]
    [InlineData("\\012", "\n")]
    [InlineData("/a\\01", "/a\\01")]
    [InlineData("/a\\\\012", "/a\\\n")]
    public void Turns_escaped_newlines_back(string shown, string path) =>
        Assert.Equal(path, Encoding.UTF8.GetString(VmaPath.Unescape(Encoding.UTF8.GetBytes(shown))));

    [Fact]
    public void Shows_bytes_that_are_no_UTF_8_in_octal() => Assert.Equal("/\\377é\\303", Encoding.UTF8.GetString(VmaPath.ToUtf8([(byte)'/', 0xff, 0xc3, 0xa9, 0xc3])));

    private static bool Parse(string line, out (ulong Start, ulong End, ulong Offset, ulong Inode, int Permissions, uint Device) vma, out string name)
    {
        var parsed = ProcMapsParser.TryParse(Encoding.UTF8.GetBytes(line), out var read);
        vma = (read.Start, read.End, read.Offset, read.Inode, read.Permissions, read.Device);
        name = Encoding.UTF8.GetString(read.Name);
        return parsed;
    }
}
