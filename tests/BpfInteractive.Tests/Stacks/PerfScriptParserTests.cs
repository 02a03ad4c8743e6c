using BpfInteractive.Exited.Captures;

namespace BpfInteractive.Tests.Stacks;

/// <summary>Lines as perf 6.1 prints them.</summary>
public sealed class PerfScriptParserTests
{
    [Fact]
    public void A_named_leaf()
    {
        var leaf = PerfScriptParser.Parse(" 9930/9931  U      1551.342225365:      7f6d79c34124 alpha_spin+0x14 (/tmp/ex/alpha.so)")!;
        Assert.Equal(new Leaf(1551342225365, 9930, 9931, 0x7f6d79c34124) { Name = "alpha_spin", Path = "/tmp/ex/alpha.so", IsMapped = true }, leaf);
    }

    [Fact]
    public void A_leaf_without_a_symbol() =>
        Assert.Equal(
            ("/memfd:doublemapper (deleted)", "no symbol", true),
            Facts(" 9912/9912  U  1551.336307832:  7ff4ef8b867d [unknown] (/memfd:doublemapper (deleted))"));

    [Fact]
    public void A_leaf_outside_every_mapping() =>
        Assert.Equal((null, "unmapped", false), Facts(" 9912/9912  U  1551.336307832:  7ff4ef8b867d [unknown] ([unknown])"));

    [Fact]
    public void A_function_with_brackets_of_its_own() =>
        Assert.Equal("sort(int (*)(char))", PerfScriptParser.Parse(" 1/1  U  1.000000002:  10 sort(int (*)(char))+0x3 (/a (b)/c)")!.Name);

    [Fact]
    public void Kernel_samples_and_other_lines_are_none()
    {
        Assert.Null(PerfScriptParser.Parse(" 9906/9906  K      1551.326245433:  ffffffff81688025 memcg1_commit_charge+0x85 ([kernel.kallsyms])"));
        Assert.Null(PerfScriptParser.Parse(""));
    }

    private static (string?, string?, bool) Facts(string line) => PerfScriptParser.Parse(line) is { } leaf ? (leaf.Path, leaf.Reason, leaf.IsMapped) : default;
}
