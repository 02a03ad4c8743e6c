using System.Text;

namespace BpfInteractive.Tests.Compilation;

public sealed class SourceScanTests
{
    [Fact]
    public void Comments_and_strings_name_nothing()
    {
        var scan = Scan("// one\n/* two */ int three; char *s = \"four \\\" five\"; char c = '\"'; int six;");
        Assert.Equal(["int", "three", "char", "s", "c", "six"], scan.Identifiers.Names.Select(Encoding.UTF8.GetString));
    }

    [Fact]
    public void Definitions_are_told_from_uses()
    {
        var scan = Scan("struct mine { int x; }; struct other *p; union u {}; enum e { A }; typedef struct { int y; } made; extern void call(int) __ksym; void f(void) { g(1); }");
        Assert.Equal(["mine", "u", "e"], scan.DefinedTags.Keys);
        Assert.Equal(["made"], scan.DefinedTypedefs);
        Assert.Equal(["call"], scan.DeclaredExterns);
    }

    [Theory]
    [InlineData("#include <linux/bpf.h>", "linux/bpf.h")]
    [InlineData("  #  include \"vmlinux.h\"", "vmlinux.h")]
    public void Includes_are_seen(string line, string name) => Assert.Equal([name], Scan(line).OtherIncludes);

    [Theory]
    [InlineData("#include")]
    [InlineData("#include <never")]
    [InlineData("/* never")]
    [InlineData("\"never")]
    [InlineData("'")]
    [InlineData("\"\\")]
    [InlineData("#include <>\n}}}}")]
    [InlineData("# define X")]
    public void Unfinished_text_ends_the_scan(string text) => _ = Scan(text);

    private static SourceScan Scan(string text) => SourceScan.Of(Encoding.UTF8.GetBytes(text), null, []);
}
